// SPDX-License-Identifier: MIT
#include "os/fault.h"

#include <stdatomic.h>
#include <stddef.h>

static _Atomic(os_fault_handler *) hooks[OS_FAULT_HOOKS];

bool os_fault_ask(const struct os_fault *fault)
{
    for (int i = 0; i < OS_FAULT_HOOKS; i++) {
        os_fault_handler *handle = atomic_load_explicit(&hooks[i], memory_order_relaxed);

        if (handle != NULL && handle(fault))
            return true;
    }
    return false;
}

bool os_fault_hook(os_fault_handler *handle)
{
    static _Atomic(unsigned) count;
    unsigned i = atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);

    if (i >= OS_FAULT_HOOKS)
        return false;
    atomic_store_explicit(&hooks[i], handle, memory_order_relaxed);
    return i > 0 || os_fault_catch();
}
