// SPDX-License-Identifier: MIT
// Regions: reservations of address space that chunks are taken from, in order.
//
// The first is small and each new one as large as all before it together, up to
// 1 GiB, so that a small program changes little of what limits on address space
// (ulimit -v, RLIMIT_AS set later, RLIMIT_MEMLOCK) mean to it. A region is aligned
// to its size and so never crosses a slot. None is ever given back.
//
// Above: pages. Below: directory, extent.
#ifndef VM_REGION_H
#define VM_REGION_H

#include <stdbool.h>
#include <stddef.h>

// Once at start: the most address space the process may have, SIZE_MAX for any.
void region_init(size_t address_space_limit);

// Adds an extent of at least this many granules in a row to the free ones, by
// making the next chunks accessible. Needs LOCK_GROW. False: no memory.
bool region_grow(size_t granules);

// The part of region `index` that was given out, from its start; false behind the
// last region. Any thread.
bool region_get(size_t index, char **base, size_t *used);

// Something of the region that holds p was purged: no more huge pages are asked for in
// it, because the system would put the rest of one back around whatever page is left,
// and what went back would be resident again. Any thread.
void region_end_huge(const void *p);

// True when p lies in the given out part of a region. Any thread; reads no *p.
bool region_holds(const void *p);

#endif
