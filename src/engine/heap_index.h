// SPDX-License-Identifier: MIT
// The free blocks of a heap as its fit looks for them: by size or by address. All that it knows is
// in the tags as well, so it can be built anew from them at any time.
//
// The block that came last of those larger than lists have is set aside and not entered: it is what
// another one was cut off from or joined with, most often, and soon is so again.
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

// The block set aside if it has at least `units` and lies from a place on; 0: it does not.
static inline uint32_t heap_index_aside(struct ikyo_heap *heap, uint32_t from, uint32_t units)
{
    uint32_t place = heap->aside;
    const struct heap_node *n = place != 0 ? heap_follow(heap, place) : NULL;

    return n != NULL && n->units >= units && place >= from ? place : 0;
}

// The lowest block of at least `units` from a place on. 0: none.
static inline uint32_t heap_index_lowest(struct ikyo_heap *heap, uint32_t from, uint32_t units)
{
    uint32_t aside = heap_index_aside(heap, from, units);

    if (aside != 0 && aside == from)
        return aside;

    uint32_t found = heap_map_find(heap, from, units);

    return found == 0 || (aside != 0 && aside < found) ? aside : found;
}

// The smallest block of at least `units`. 0: none.
static inline uint32_t heap_index_smallest(struct ikyo_heap *heap, uint32_t units)
{
    uint32_t found = heap_sizes_find(heap, units), aside = heap_index_aside(heap, 0, units);

    if (found == 0 || aside == 0 || !heap_holds(heap, found))
        return found != 0 ? found : aside;
    return heap_units(heap, aside) < heap_units(heap, found) ? aside : found;
}

// The block of at least `units` that the fit chooses, which stays where it is. 0: none. Where the
// record of the heap was overwritten it may be anything: see to it that it is such a block.
static inline uint32_t heap_index_find(struct ikyo_heap *heap, uint32_t units)
{
    if (!heap_by_address(heap))
        return heap_index_smallest(heap, units);

    uint32_t found = heap_index_lowest(heap, heap->cursor, units);

    return found != 0 || heap->cursor == 0 ? found : heap_index_lowest(heap, 0, units);
}

// Units of the largest block, as far as nodes can be followed; 0: none.
static inline uint32_t heap_index_largest(const struct ikyo_heap *heap)
{
    const struct heap_node *aside = heap->aside != 0 ? heap_node(heap, heap->aside) : NULL;
    uint32_t largest = heap_by_address(heap) ? heap_map_largest(heap) : heap_sizes_largest(heap);

    return aside != NULL && aside->units > largest ? aside->units : largest;
}

static inline void heap_index_enter(struct ikyo_heap *heap, uint32_t place, uint32_t units)
{
    if (heap_by_address(heap))
        heap_map_add(heap, place, units);
    else
        heap_sizes_add(heap, place, units);
}

// Adds a block of so many units.
static inline void heap_index_add(struct ikyo_heap *heap, uint32_t place, uint32_t units)
{
    heap->free_blocks++;
    heap->free_units += units;
    if (units - HEAP_MIN_UNITS < heap->lists) {
        heap_index_enter(heap, place, units);
        return;
    }

    const struct heap_node *n = heap->aside != 0 ? heap_follow(heap, heap->aside) : NULL;

    if (n != NULL)
        heap_index_enter(heap, heap->aside, n->units);
    *heap_node_at(heap, place) = (struct heap_node){.units = units};
    heap_seal(heap, place);
    heap->aside = place;
}

// Removes a block, whose tag says its size. One that was written to is out as well.
static inline void heap_index_remove(struct ikyo_heap *heap, uint32_t place)
{
    uint32_t units = heap_units(heap, place);

    heap->free_blocks--;
    heap->free_units -= units;
    if (heap->aside == place) {
        heap->aside = 0;
        (void)heap_follow(heap, place);
    } else if (heap_by_address(heap)) {
        heap_map_remove(heap, place);
    } else {
        heap_sizes_remove(heap, place, units);
    }
}

// What is wrong with the index of a heap whose tags are as they should be. All of it that stands
// below is so, and it holds as many blocks as tags say "free":
//
//   nodes: sealed, of a block whose tags say "free", as large as those say
//   lists: blocks of their size, each but the first leads back; a bit where there are any
//   tree: larger blocks than those of lists, in order, by rank
//   map: a bit for each block; no byte less than the grade of a block or a byte below it
//   cursor: a place up to the end marker; 0 unless next fit
//   nothing is known to be broken
struct ikyo_heap_fault heap_index_check(const struct ikyo_heap *heap);

// What it is that at `place` is not the node of a free block, or the record of a kept one: such a
// block was written to, or the heap's own record.
struct ikyo_heap_fault heap_index_fault(const struct ikyo_heap *heap, uint32_t place);

#endif
