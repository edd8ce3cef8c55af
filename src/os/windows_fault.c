// SPDX-License-Identifier: MIT
// Faults on Windows: a vectored handler, which the system asks before those of the program.
#include "os/fault.h"

#include <stdatomic.h>
#include <stddef.h>
#include <windows.h>

static _Atomic(os_fault_handler *) hooks[OS_FAULT_HOOKS];

static LONG CALLBACK on_exception(EXCEPTION_POINTERS *exception)
{
    const EXCEPTION_RECORD *record = exception->ExceptionRecord;
    struct os_fault fault = {0};

    if (record->ExceptionCode != EXCEPTION_ACCESS_VIOLATION || record->NumberParameters < 2)
        return EXCEPTION_CONTINUE_SEARCH;
    switch (record->ExceptionInformation[0]) {
    case 0:
        fault.access = OS_ACCESS_READ;
        break;
    case 1:
        fault.access = OS_ACCESS_WRITE;
        break;
    default:
        fault.access = OS_ACCESS_EXECUTE;
    }
    fault.address = (const void *)record->ExceptionInformation[1];
    for (int i = 0; i < OS_FAULT_HOOKS; i++) {
        os_fault_handler *handle = atomic_load_explicit(&hooks[i], memory_order_relaxed);

        if (handle != NULL && handle(&fault))
            return EXCEPTION_CONTINUE_EXECUTION;
    }
    return EXCEPTION_CONTINUE_SEARCH;
}

bool os_fault_hook(os_fault_handler *handle)
{
    static _Atomic(unsigned) count;
    unsigned i = atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);

    if (i >= OS_FAULT_HOOKS)
        return false;
    atomic_store_explicit(&hooks[i], handle, memory_order_relaxed);
    return i > 0 || AddVectoredExceptionHandler(1, on_exception) != NULL;
}
