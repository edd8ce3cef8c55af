// SPDX-License-Identifier: MIT
// What becomes of freed blocks of a heap: they are joined with free neighbours into the tree, or
// kept as they are, by size, for the next request.
#ifndef ENGINE_HEAP_FREED_H
#define ENGINE_HEAP_FREED_H

#include "engine/heap_tag.h"

// In the payload of a kept block.
struct heap_kept {
    uint32_t next; // place or 0
    uint32_t seal;
};

// The record of a kept block. NULL: it was written to.
const struct heap_kept *heap_kept_at(const struct ikyo_heap *heap, uint32_t place);

// Makes the units at `place`, which belong to no block or to one that is not live any more, free.
void heap_free_units(struct ikyo_heap *heap, uint32_t place, uint32_t units);

// True for a block of the tree, whose tags can be trusted.
static inline bool heap_is_free(const struct ikyo_heap *heap, uint32_t place)
{
    return heap_state(heap_self(heap, place)) == IKYO_HEAP_FREE && heap_intact(heap, place);
}

// True if blocks of so many units are to be kept.
static inline bool heap_keeps(const struct ikyo_heap *heap, uint32_t units)
{
    return heap->defer && units <= HEAP_KEPT_UNITS;
}

// Keeps a block, and takes one of exactly so many units. 0: there is none. Where a block
// was written to, those kept behind it wait for heap_mend.
void heap_keep(struct ikyo_heap *heap, uint32_t place, uint32_t units);
uint32_t heap_take_kept(struct ikyo_heap *heap, uint32_t units);

// Joins the blocks that are kept, until one is found that was written to.
void heap_join_kept(struct ikyo_heap *heap);

#endif
