// SPDX-License-Identifier: MIT
#include "sealed.h"

#include "base/lock.h"
#include "base/option.h"
#include "debug/tag.h"
#include "vm/vm.h"

static bool sealed; // the options; under LOCK_START

static void seal_options(void)
{
    sealed = vm_protect(&options, sizeof(options), IKYO_VM_READ);
}

void sealed_start(void)
{
    vm_protect(&tag_secret, sizeof(tag_secret), IKYO_VM_READ);
    seal_options();
}

bool sealed_open(void)
{
    lock_take(LOCK_START);
    if (!sealed || vm_protect(&options, sizeof(options), IKYO_VM_READ_WRITE))
        return true;
    lock_give(LOCK_START);
    return false;
}

void sealed_close(void)
{
    if (sealed)
        seal_options();
    lock_give(LOCK_START);
}
