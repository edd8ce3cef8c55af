// SPDX-License-Identifier: MIT
// Pointers that are not ours, on Windows: blocks that a C library took from its heap before
// it was ours, or by a call that is not ours, such as _fullpath. They go back to that heap.
#include "foreign.h"

#include "base/option.h"
#include "base/report.h"
#include "init.h"

#include <windows.h>

typedef intptr_t (*heap_getter)(void);

// The heap that a C library of this name allocates from, if it is loaded and tells.
static HANDLE heap_of_library(const char *name)
{
    HMODULE library = GetModuleHandleA(name);
    heap_getter get = NULL;

    if (library != NULL) {
        get = (heap_getter)(void *)GetProcAddress(library, "_get_heap_handle");
    }
    return get != NULL ? (HANDLE)get() : NULL;
}

// The heap is walked, as it believes every pointer that it is asked about.
static bool holds(HANDLE heap, const void *p)
{
    PROCESS_HEAP_ENTRY entry = {.lpData = NULL};
    bool found = false;

    if (heap == NULL || !HeapLock(heap)) {
        return false;
    }
    while (!found && HeapWalk(heap, &entry)) {
        found = entry.lpData == p && (entry.wFlags & PROCESS_HEAP_ENTRY_BUSY) != 0;
    }
    HeapUnlock(heap);
    return found;
}

// Data of programs, mapped files and pages that are not there: most mistakes end here.
static bool may_be_in_a_heap(const void *p)
{
    MEMORY_BASIC_INFORMATION info;

    return (uintptr_t)p % sizeof(void *) == 0 && VirtualQuery(p, &info, sizeof(info)) != 0 &&
           info.State == MEM_COMMIT && info.Type == MEM_PRIVATE;
}

static HANDLE heap_of(const void *p)
{
    static const char *const libraries[] = {"ucrtbase.dll", "msvcrt.dll"};
    HANDLE heap;

    if (!may_be_in_a_heap(p)) {
        return NULL;
    }
    for (int i = 0; i < 2; i++) {
        heap = heap_of_library(libraries[i]);
        if (holds(heap, p)) {
            return heap;
        }
    }
    heap = GetProcessHeap();
    return holds(heap, p) ? heap : NULL;
}

// NULL: there is none, or it must not be used; then it was reported, if it should be.
static HANDLE heap_for(const char *call, const void *p)
{
    HANDLE heap = NULL;

    init_ensure();
    if (options.foreign_free == FOREIGN_FREE_FORWARD) {
        heap = heap_of(p);
    }
    if (heap == NULL && options.foreign_free != FOREIGN_FREE_IGNORE) {
        report_foreign_pointer(call, p);
    }
    return heap;
}

void foreign_free(void *p)
{
    HANDLE heap = heap_for("free", p);

    if (heap != NULL) {
        HeapFree(heap, 0, p);
    }
}

void *foreign_resize(void *p, size_t size)
{
    HANDLE heap = heap_for("realloc", p);

    return heap != NULL ? HeapReAlloc(heap, 0, p, size) : NULL;
}

size_t foreign_usable_size(const void *p)
{
    HANDLE heap = heap_for("malloc_usable_size", p);

    return heap != NULL ? HeapSize(heap, 0, p) : 0;
}
