// SPDX-License-Identifier: MIT
// Pointers that are not ours, on Windows: blocks that a C library took from its heap before
// it was ours, or by a call that is not ours, such as _fullpath. They go back to that heap.
#include "foreign.h"

#include "base/option.h"
#include "base/report.h"
#include "init.h"
#include "os/os.h"

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

static bool holds(HANDLE heap, const void *p)
{
    return heap != NULL && HeapValidate(heap, 0, p);
}

static HANDLE heap_of(const void *p)
{
    static const char *const libraries[] = {"ucrtbase.dll", "msvcrt.dll"};
    HANDLE heap;

    // A heap looks for its own mark in front of the block.
    if ((uintptr_t)p % sizeof(void *) != 0 || !os_can_read((const char *)p - 1)) {
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
    HANDLE heap = heap_for("_msize", p);

    return heap != NULL ? HeapSize(heap, 0, p) : 0;
}
