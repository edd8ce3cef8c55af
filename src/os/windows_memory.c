// SPDX-License-Identifier: MIT
// A process that looks at itself, on Windows.
#include "os/memory.h"

#include <windows.h>

// To count them is to look at every thread of the machine.
size_t os_thread_count(void)
{
    return 0;
}

bool os_memory_visit(bool (*visit)(uintptr_t start, uintptr_t end, void *context), void *context)
{
    const DWORD writable = PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE |
                           PAGE_EXECUTE_WRITECOPY;
    MEMORY_BASIC_INFORMATION info;
    char *at = NULL;

    while (VirtualQuery(at, &info, sizeof(info)) != 0) {
        uintptr_t start = (uintptr_t)info.BaseAddress;

        if (info.State == MEM_COMMIT && info.Type != MEM_MAPPED &&
            (info.Protect & writable) != 0 && (info.Protect & PAGE_GUARD) == 0 &&
            !visit(start, start + info.RegionSize, context)) {
            break;
        }
        at = (char *)info.BaseAddress + info.RegionSize;
    }
    return at != NULL;
}

bool os_memory_may_copy(void)
{
    return true;
}

size_t os_memory_copy(void *to, uintptr_t from, size_t size)
{
    DWORD saved = GetLastError();
    SIZE_T copied = 0;

    ReadProcessMemory(GetCurrentProcess(), (const void *)from, to, size, &copied);
    SetLastError(saved);
    return copied;
}

void os_show_registers(void (*use)(uintptr_t stack, void *context), void *context)
{
    CONTEXT registers;

    RtlCaptureContext(&registers);
    use((uintptr_t)&registers, context);
}
