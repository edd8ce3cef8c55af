// SPDX-License-Identifier: MIT
// Whether an access faults, found out by trying: both are instructions of two bytes, which a
// handler notes and skips.
#include "fault_probe.h"

#include <windows.h>

static volatile bool armed, faulted;

static LONG CALLBACK on_exception(EXCEPTION_POINTERS *exception)
{
    if (!armed || exception->ExceptionRecord->ExceptionCode != EXCEPTION_ACCESS_VIOLATION)
        return EXCEPTION_CONTINUE_SEARCH;
    faulted = true;
    exception->ContextRecord->Rip += 2;
    return EXCEPTION_CONTINUE_EXECUTION;
}

// In front of the library's own handler, which a test asks what it would see without.
static void begin(void **handler)
{
    *handler = AddVectoredExceptionHandler(1, on_exception);
    faulted = false;
    armed = true;
}

static bool end(void *handler)
{
    armed = false;
    RemoveVectoredExceptionHandler(handler);
    return !faulted;
}

bool fault_probe_read(volatile char *addr)
{
    void *handler;

    begin(&handler);
    __asm__ volatile("movb (%%rcx), %%al" : : "c"(addr) : "rax", "memory");
    return end(handler);
}

bool fault_probe_write(volatile char *addr)
{
    void *handler;

    begin(&handler);
    __asm__ volatile("movb %%al, (%%rcx)" : : "c"(addr), "a"(1) : "memory");
    return end(handler);
}
