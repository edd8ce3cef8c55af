// SPDX-License-Identifier: MIT
// Free extents: every range of granules that is ours, accessible and unused.
//
// Neighbours are joined at once, so two extents never touch. An extent of at
// least a unit is kept in a list by length (8 lengths per doubling) and in one of
// two sets: those that hold some dirty granules (old contents, memory that is
// there already) and those wholly clean (zero, memory yet to come). Its record is
// the descriptor of the unit it starts in; shorter ones wait to be joined.
//
// Everything here needs LOCK_EXTENT. What is added and cut is whole pages, though it
// is counted in granules. Above: pages, purge. Below: directory.
#ifndef VM_EXTENT_H
#define VM_EXTENT_H

#include <stdbool.h>
#include <stddef.h>

struct extent {
    char *start;
    size_t granules;
    size_t dirty; // granules of it that are not known to be zero
};

// The figures of the memory policy, in granules. used + dirty is what the
// process has resident, as far as we can know.
struct extent_totals {
    size_t used;  // out with slabs and runs
    size_t dirty; // free, with old contents
    size_t clean; // free, known to be zero
    size_t peak;  // most that used + dirty ever were
};

extern struct extent_totals extent_totals;

// Puts a range among the free ones. The caller accounts for `used`.
void extent_add(char *start, size_t granules, bool dirty);

// Cuts a range out: dirty before clean, the shortest that is long enough, from
// the end that holds more dirty granules. False when there is none.
bool extent_cut(size_t granules, size_t alignment, struct extent *out);

// Cuts out exactly this range, if all of it is free.
bool extent_cut_at(char *start, size_t granules, struct extent *out);

// Cuts out up to `most` granules that begin with a dirty one, from an extent of
// the longest class there is, but of no less than `least` granules.
bool extent_cut_dirty(size_t least, size_t most, struct extent *out);

// True when the granule that holds p is free. p is in one of our slots.
bool extent_holds(const void *p);

// The invariants: each indexed extent lies between granules that are not free,
// its bits are set, its dirty count is that of the bitmap, and it is in the list
// that its length and dirtiness say; the totals are the sums. O(free memory).
void extent_check(void);

#endif
