// SPDX-License-Identifier: MIT
// The free blocks of a heap as its fit looks for them: by size or by address. What is in the index
// depends on nothing but the tags, so it can be built anew from them at any time.
#ifndef ENGINE_HEAP_INDEX_H
#define ENGINE_HEAP_INDEX_H

#include "engine/heap_map.h"
#include "engine/heap_sizes.h"

static inline bool heap_by_address(const struct ikyo_heap *heap)
{
    return heap->fit != IKYO_HEAP_BEST_FIT;
}

// Words of the index of a heap whose end marker is at a place.
static inline size_t heap_index_words(uint32_t end, enum ikyo_heap_fit fit)
{
    return fit != IKYO_HEAP_BEST_FIT ? heap_map_words(end) : heap_sizes_words(end);
}

// The block of at least `units` that the fit chooses, which stays where it is. 0: none. Where the
// record of the heap was overwritten it may be anything: see to it that it is such a block.
static inline uint32_t heap_index_find(struct ikyo_heap *heap, uint32_t units)
{
    if (!heap_by_address(heap))
        return heap_sizes_find(heap, units);

    uint32_t found = heap_map_find(heap, heap->cursor, units);

    return found != 0 || heap->cursor == 0 ? found : heap_map_find(heap, 0, units);
}

// Units of the largest block, as far as nodes can be followed; 0: none.
static inline uint32_t heap_index_largest(const struct ikyo_heap *heap)
{
    return heap_by_address(heap) ? heap_map_largest(heap) : heap_sizes_largest(heap);
}

// Enters a block of so many units.
static inline void heap_index_add(struct ikyo_heap *heap, uint32_t place, uint32_t units)
{
    heap->free_blocks++;
    heap->free_units += units;
    if (heap_by_address(heap))
        heap_map_add(heap, place, units);
    else
        heap_sizes_add(heap, place, units);
}

// Removes a block, whose tag says its size. One that was written to is out as well.

static inline void heap_index_remove(struct ikyo_heap *heap, uint32_t place)
{
    uint32_t units = heap_units(heap, place);

    heap->free_blocks--;
    heap->free_units -= units;
    if (heap_by_address(heap))
        heap_map_remove(heap, place);
    else
        heap_sizes_remove(heap, place, units);
}

// What is wrong with the index of a heap whose tags are as they should be. All of it that stands
// below is so, and it holds as many blocks as tags say "free":
//
//   nodes: sealed, of a block whose tags say "free", as large as those say
//   lists: blocks of their size, each but the first leads back; a bit where there are any
//   tree, and aside: larger blocks than those of lists; in order, by rank
//   map: a bit for each block; no byte less than the grade of a block or a byte below it
struct ikyo_heap_fault heap_index_check(const struct ikyo_heap *heap);

// What it is that at `place` is not the node of a free block, or the record of a kept one: such a
// block was written to, or the heap's own record.
struct ikyo_heap_fault heap_index_fault(const struct ikyo_heap *heap, uint32_t place);

#endif
