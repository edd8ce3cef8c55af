// SPDX-License-Identifier: MIT
// Free blocks by size, for best fit: a list for each of the smaller sizes, with a bit that says
// whether it is empty, and a tree of all others.
//
//   index: | bits, 2 words | heads of lists, two a word |
//
// A block enters and leaves a list in O(1). It knows the one in front of it, which the first of a
// list need not: what it says there is left over.
#ifndef ENGINE_HEAP_SIZES_H
#define ENGINE_HEAP_SIZES_H

#include "engine/heap_node.h"

static inline size_t heap_sizes_words(uint32_t end)
{
    return HEAP_LISTS / 64 + (heap_lists(end) + 1) / 2;
}

static inline uint32_t *heap_sizes_heads(const struct ikyo_heap *heap)
{
    return (uint32_t *)(uintptr_t)(heap->index + HEAP_LISTS / 64);
}

// The smallest block of at least `units`, which stays where it is; of those of a list the one that
// came last. 0: none.
uint32_t heap_sizes_find(struct ikyo_heap *heap, uint32_t units);

// Units of the largest block, as far as nodes can be followed; 0: none.
uint32_t heap_sizes_largest(const struct ikyo_heap *heap);

// Enter and remove a block of so many units.
void heap_sizes_add(struct ikyo_heap *heap, uint32_t place, uint32_t units);
void heap_sizes_remove(struct ikyo_heap *heap, uint32_t place, uint32_t units);

#endif
