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

// Makes a block free, whose tags agree and which is counted no more, and joins it with its
// neighbours. Returns where the free block begins.
uint32_t heap_free_units(struct ikyo_heap *heap, uint32_t place, uint32_t units);

// Makes units free that lie between blocks that are not.
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

static inline uint32_t heap_kept_seal(uint32_t next, uint32_t place)
{
    return (next ^ heap_mask(place) ^ 0x5EA1ED01u) * 0x85EBCA6Bu;
}

// The record of a kept block, at a place that may be any. NULL: it was written to.
static inline const struct heap_kept *heap_kept_at(const struct ikyo_heap *heap, uint32_t place)
{
    const struct heap_kept *k = heap_payload(heap, place);

    return heap_holds(heap, place) && k->seal == heap_kept_seal(k->next, place) ? k : NULL;
}

// Keeps a block.
static inline void heap_keep(struct ikyo_heap *heap, uint32_t place, uint32_t units)
{
    struct heap_kept *k = heap_payload(heap, place);
    uint32_t *head = &heap_kept_heads(heap)[units - HEAP_MIN_UNITS];

    heap_set(heap, place, units, IKYO_HEAP_KEPT);
    *k = (struct heap_kept){.next = *head, .seal = heap_kept_seal(*head, place)};
    *head = place;
    heap->kept_blocks++;
    heap->kept_units += units;
}

// Takes a kept block of exactly so many units. 0: there is none. Where a block was written to, or
// its tags were, it and those kept behind it wait for heap_mend.
static inline uint32_t heap_take_kept(struct ikyo_heap *heap, uint32_t units)
{
    uint32_t *head = &heap_kept_heads(heap)[units - HEAP_MIN_UNITS];
    uint32_t place = *head;

    if (place == 0)
        return 0;

    const struct heap_kept *k = heap_kept_at(heap, place);

    if (k == NULL || heap_units(heap, place) != units || !heap_is(heap, place, IKYO_HEAP_KEPT)) {
        heap_blame(heap, place);
        return 0;
    }
    *head = k->next;
    heap->kept_blocks--;
    heap->kept_units -= units;
    return place;
}

// Joins the blocks that are kept, until one is found that is to wait for heap_mend.
void heap_join_kept(struct ikyo_heap *heap);

#endif
