// SPDX-License-Identifier: MIT
// Faults on Windows: a vectored handler, which the system asks before those of the program.
#include "os/fault.h"

#include <windows.h>

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
    return os_fault_ask(&fault) ? EXCEPTION_CONTINUE_EXECUTION : EXCEPTION_CONTINUE_SEARCH;
}

bool os_fault_catch(void)
{
    return AddVectoredExceptionHandler(1, on_exception) != NULL;
}
