// SPDX-License-Identifier: MIT
// Runs of granules for the layers above: taken from the free extents, from new
// chunks when those do not do, and given back with the memory policy applied.
//
// Lengths are multiples of vm_page_size(). Any thread; takes LOCK_GROW and
// LOCK_EXTENT. Above: slab, run. Below: extent, region, purge.
#ifndef VM_PAGES_H
#define VM_PAGES_H

#include <stdbool.h>
#include <stddef.h>

// Bytes rounded up to what pages_take accepts.
size_t pages_round(size_t size);

// Takes size bytes, aligned, accessible. *zero: all of them are known to be
// zero. NULL: no memory. size <= SLOT, alignment a power of two >= a page.
char *pages_take(size_t size, size_t alignment, bool *zero);

// Lengthens what was taken and ends at start by the range there, if that is free.
bool pages_take_behind(char *start, size_t size, bool *zero);

// Gives a range back. clean: its memory is gone and it reads zero.
void pages_give(char *start, size_t size, bool clean);

// True when free pages with old contents, which are resident, come to this much.
bool pages_have_dirty(size_t size);

// True when p, an address in a region, lies in memory that is free.
bool pages_are_free(const void *p);

#endif
