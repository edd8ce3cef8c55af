// SPDX-License-Identifier: MIT
// Free blocks by address, for first and next fit: a bit for each place where one starts, and for
// each stretch of 64 places what the largest of those blocks may be.
//
//   index: | bits, a word a stretch | inner words | a byte a stretch, eight a word |
//
// The bytes hold grades of sizes and are the leaves of a tree, in which byte k of word w is not
// below any byte of word 8w + 1 + k. A block that goes leaves them as they are; a search that comes
// to a stretch for nothing lowers them. So all that changes is in a few words, and nothing depends
// on what lies in free blocks: their nodes have no links.
#ifndef ENGINE_HEAP_MAP_H
#define ENGINE_HEAP_MAP_H

#include "engine/heap_node.h"

enum { HEAP_STRETCH = 64, HEAP_LANES = 8 };

static inline uint32_t heap_map_stretches(uint32_t end)
{
    return end / HEAP_STRETCH + 1;
}

// Words above the leaves: a tree of as few levels as will do, none of them left out.
static inline uint32_t heap_map_inner(uint32_t end)
{
    uint32_t leaves = (heap_map_stretches(end) + HEAP_LANES - 1) / HEAP_LANES, inner = 0;

    for (uint32_t level = 1; level < leaves; level *= HEAP_LANES)
        inner += level;
    return inner;
}

static inline size_t heap_map_words(uint32_t end)
{
    uint32_t stretches = heap_map_stretches(end);

    return stretches + heap_map_inner(end) + (stretches + HEAP_LANES - 1) / HEAP_LANES;
}

// The lowest block of at least `units` from the place `from` on, which stays where it is. 0: none.
// A place beyond the end is blamed on the record.
uint32_t heap_map_find(struct ikyo_heap *heap, uint32_t from, uint32_t units);

// True if the bytes of a stretch and above it allow for a block of so many units.
bool heap_map_covers(const struct ikyo_heap *heap, uint32_t stretch, uint32_t units);

// Units of the largest block; 0: none.
uint32_t heap_map_largest(const struct ikyo_heap *heap);

// Enter a block of so many units, and remove one.
void heap_map_add(struct ikyo_heap *heap, uint32_t place, uint32_t units);
void heap_map_remove(struct ikyo_heap *heap, uint32_t place);

#endif
