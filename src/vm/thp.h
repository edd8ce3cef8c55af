// SPDX-License-Identifier: MIT
// Huge pages as the option thp wants them: `never` keeps every mapping free of them,
// `always` asks for them, `auto` keeps small programs free of them and leaves the
// rest to the system.
#ifndef VM_THP_H
#define VM_THP_H

#include "base/option.h"
#include "vm/vm.h"

// For a new mapping; `small` while the process has little memory.
static inline void thp_advise(void *addr, size_t size, bool small)
{
    if (options.thp == THP_ALWAYS)
        vm_advise_huge(addr, size, true);
    else if (options.thp == THP_NEVER || small)
        vm_advise_huge(addr, size, false);
}

#endif
