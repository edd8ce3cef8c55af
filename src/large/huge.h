// SPDX-License-Identifier: MIT
// Huge blocks: each in a mapping of its own, a guard page behind it.
//
// A block that grows gets address space for twice its size, and from then on grows
// by making more of it accessible; when that is used up its pages are moved, never
// copied. One or two freed mappings are kept for the next huge block.
//
// Any thread; the caller is the only one who uses the block. No lock is held while
// its memory is mapped, moved or given back. Above: alloc. Below: registry, vm.
#ifndef LARGE_HUGE_H
#define LARGE_HUGE_H

#include "large/registry.h"
#include "os/compiler.h"

// A block of at least size bytes with this alignment, a power of two, or NULL: no
// memory. With `zero` all of it reads zero.
void *huge_alloc(size_t size, size_t alignment, bool zero);

// Frees the block of this record. False when it is free already.
bool huge_free(struct huge *record);

// Makes the block hold size bytes. Returns where it is then; NULL, with the block
// as it was: no memory.
void *huge_resize(struct huge *record, size_t size);

// A block of `size` bytes with room to grow, whose first old_size bytes are the
// pages at `from`, which are in a region and read zero afterwards. NULL, with the
// pages as they were: no memory, or the system cannot move them.
void *huge_move_in(void *from, size_t old_size, size_t size);

// Gives the cached mappings back. True if there was one.
bool huge_trim(void);

// Gives them back once they were not needed for a while. Cheap while there are none.
extern _Atomic(uint64_t) huge_expires_ms; // huge.c's: 0 while nothing is cached
void huge_expire(void);
static inline void huge_tick(void)
{
    if (unlikely(atomic_load_explicit(&huge_expires_ms, memory_order_relaxed) != 0))
        huge_expire();
}

struct huge_totals {
    size_t blocks;
    size_t bytes;        // usable, in blocks that are out
    size_t cached_bytes; // in cached mappings
};

void huge_totals_get(struct huge_totals *out);

#endif
