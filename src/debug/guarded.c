// SPDX-License-Identifier: MIT
#include "debug/guarded.h"

#include "vm/charge.h"
#include "vm/vm.h"

#include <string.h>

// How a page is kept from access.
enum barrier {
    BY_MAPPING, // it was never committed, or was decommitted
    BY_GUARD,   // a guard of the kernel's in committed memory
    OPEN
};

struct guarded_range guarded_range;

static uint8_t barriers[GUARDED_PAGES];

char *guarded_page(size_t page)
{
    return (char *)atomic_load_explicit(&guarded_range.start, memory_order_relaxed) +
           page * vm_page_size();
}

size_t guarded_page_of(const void *p)
{
    return (size_t)((const char *)p - guarded_page(0)) / vm_page_size();
}

// Committed at once if the kernel can guard single pages of it, else piece by piece. False:
// the range is neither.
static bool prepare(char *start, size_t size)
{
    enum barrier barrier = BY_MAPPING;

    if (vm_commit(start, size)) {
        if (vm_guard_install(start, size))
            barrier = BY_GUARD;
        else if (!vm_decommit(start, size))
            return false;
    }
    memset(barriers, barrier, sizeof(barriers));
    return true;
}

bool guarded_make(void)
{
    size_t size = GUARDED_PAGES * vm_page_size();
    char *start;

    if (atomic_load_explicit(&guarded_range.size, memory_order_relaxed) != 0)
        return true;
    start = vm_reserve(size, vm_page_size());
    if (start == NULL)
        return false;
    if (!prepare(start, size)) {
        vm_release(start, size);
        return false;
    }
    charge_reserved(size);
    atomic_store_explicit(&guarded_range.start, (uintptr_t)start, memory_order_relaxed);
    // Pairs with guarded_owns.
    atomic_store_explicit(&guarded_range.size, size, memory_order_release);
    return true;
}

bool guarded_open(size_t page)
{
    size_t size = vm_page_size();

    if (barriers[page] == BY_GUARD ? !vm_guard_remove(guarded_page(page), size)
                                   : !vm_commit(guarded_page(page), size))
        return false;
    if (barriers[page] != OPEN)
        charge_committed(size, CHARGE_METADATA);
    barriers[page] = OPEN;
    return true;
}

void guarded_close(size_t page)
{
    size_t size = vm_page_size();

    if (vm_guard_install(guarded_page(page), size))
        barriers[page] = BY_GUARD;
    else if (vm_decommit(guarded_page(page), size))
        barriers[page] = BY_MAPPING;
    else
        return;
    uncharge_committed(size, CHARGE_METADATA);
}

bool guarded_is_open(size_t page)
{
    return barriers[page] == OPEN;
}
