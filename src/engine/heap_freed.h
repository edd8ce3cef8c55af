// SPDX-License-Identifier: MIT
// What becomes of freed blocks of a heap: they are joined with free neighbours into the index, or
// kept as they are, by size, for the next request.
#ifndef ENGINE_HEAP_FREED_H
#define ENGINE_HEAP_FREED_H

#include "engine/heap_index.h"

// In the payload of a kept block.
struct heap_kept {
    uint32_t next; // place or 0
    uint32_t seal;
};

static inline uint32_t *heap_kept_heads(const struct ikyo_heap *heap)
{
    return (uint32_t *)(uintptr_t)(heap->index + heap->kept_at);
}

// The record of a kept block, at a place that may be any. NULL: it was written to.
const struct heap_kept *heap_kept_at(const struct ikyo_heap *heap, uint32_t place);

// Makes the units at `place`, which belong to no block or to one that is not live any more, free
// and joins them with their neighbours, of which the one in front has tags that agree.
void heap_free_units(struct ikyo_heap *heap, uint32_t place, uint32_t units);

// The same for units between blocks that are not free.
static inline void heap_free_alone(struct ikyo_heap *heap, uint32_t place, uint32_t units)
{
    heap_set(heap, place, units, IKYO_HEAP_FREE);
    heap_index_add(heap, place, units);
}

// True if blocks of so many units are to be kept.
static inline bool heap_keeps(const struct ikyo_heap *heap, uint32_t units)
{
    return units - HEAP_MIN_UNITS < heap->kept_lists;
}

// Keeps a block, and takes one of exactly so many units. 0: there is none. Where a block
// was written to, those kept behind it wait for heap_mend.
void heap_keep(struct ikyo_heap *heap, uint32_t place, uint32_t units);
uint32_t heap_take_kept(struct ikyo_heap *heap, uint32_t units);

// Joins the blocks that are kept, until one is found that was written to.
void heap_join_kept(struct ikyo_heap *heap);

#endif
