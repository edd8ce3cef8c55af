// SPDX-License-Identifier: MIT
// A heap over caller memory: taking blocks, resizing them and giving them back. How it lies in
// memory is in heap_tag.h.
#include "ikyoalloc/heap.h"

#include "engine/heap_fault.h"
#include "engine/heap_freed.h"
#include "engine/heap_index.h"
#include "engine/heap_tag.h"
#include "os/compiler.h"

#include <string.h>

// The first multiple of 16 in the memory, and the units from there to its end; none if that lies
// beyond the end of the address space.
static struct ikyo_heap *heap_in(void *memory, size_t size, size_t *units)
{
    size_t skipped = -(uintptr_t)memory % HEAP_UNIT;

    *units = memory != NULL && size > skipped && size <= -(uintptr_t)memory
                 ? (size - skipped) / HEAP_UNIT
                 : 0;
    return (struct ikyo_heap *)((char *)memory + skipped);
}

EXPORT struct ikyo_heap *ikyo_heap_init(void *memory, size_t size,
                                        const struct ikyo_heap_options *options)
{
    static const struct ikyo_heap_options defaults = {0};
    const struct ikyo_heap_options *o = options != NULL ? options : &defaults;
    size_t units;
    struct ikyo_heap *heap = heap_in(memory, size, &units);

    if (units == 0 || units > HEAP_MAX_UNITS || (unsigned)o->fit > IKYO_HEAP_NEXT_FIT)
        return NULL;

    uint32_t end = (uint32_t)units - 1, kept_lists = o->defer_joining ? heap_lists(end) : 0;
    size_t words = heap_index_words(end, o->fit);
    size_t record = sizeof *heap + words * sizeof heap->index[0] + kept_lists * sizeof(uint32_t);
    // The tag of the first block lies half a unit behind its place.
    size_t first = (record + HEAP_UNIT / 2 - 1) / HEAP_UNIT;

    if (units < first + HEAP_MIN_UNITS + 1)
        return NULL;
    memset(heap, 0, record);
    heap->magic = HEAP_MAGIC;
    heap->first = (uint32_t)first;
    heap->end = end;
    heap->fit = (uint32_t)o->fit;
    heap->lists = heap_lists(end);
    heap->inner = heap_map_inner(end);
    heap->kept_lists = kept_lists;
    heap->kept_at = (uint32_t)words;
    heap->on_fault = o->on_fault;
    heap->context = o->context;
    heap->seal = heap_record_seal(heap);
    heap_tag_at(heap, heap->first)->before = heap_edge() ^ heap_mask(heap->first);
    heap_tag_at(heap, heap->end)->self = heap_edge() ^ heap_mask(heap->end);
    heap_free_alone(heap, heap->first, heap->end - heap->first);
    return heap;
}

EXPORT struct ikyo_heap *ikyo_heap_attach(void *memory, size_t size)
{
    size_t units;
    struct ikyo_heap *heap = heap_in(memory, size, &units);

    if (units * HEAP_UNIT < sizeof *heap || !heap_is_one(heap) || !heap_is_sealed(heap) ||
        heap->end >= units)
        return NULL;
    return heap;
}

// Units of a block for `size` bytes; more than the heap has, if it is too large.
static uint32_t units_for(const struct ikyo_heap *heap, size_t size)
{
    if (size > (size_t)(heap->end - heap->first) * HEAP_UNIT)
        return heap->end;

    size_t units = (size + sizeof(struct heap_tag) + HEAP_UNIT - 1) / HEAP_UNIT;

    return units > HEAP_MIN_UNITS ? (uint32_t)units : HEAP_MIN_UNITS;
}

static void uncount_live(struct ikyo_heap *heap, uint32_t place)
{
    heap->live_blocks--;
    heap->live_units -= heap_units(heap, place);
}

// Makes a live block of the first `units` of the `have` at `place`, and answers how many are left:
// none if they are no block, and the live one has them.
ALWAYS_INLINE uint32_t set_live(struct ikyo_heap *heap, uint32_t place, uint32_t have,
                                uint32_t units)
{
    uint32_t rest = have - units >= HEAP_MIN_UNITS ? have - units : 0;

    heap_set(heap, place, have - rest, IKYO_HEAP_LIVE);
    heap->live_blocks++;
    heap->live_units += have - rest;

    size_t used = heap_bytes(heap->live_units, heap->live_blocks);

    if (used > heap->peak)
        heap->peak = used;
    return rest;
}

// The same for units that nothing free follows.
ALWAYS_INLINE void take_start(struct ikyo_heap *heap, uint32_t place, uint32_t have, uint32_t units)
{
    uint32_t rest = set_live(heap, place, have, units);

    if (rest != 0)
        heap_free_alone(heap, place + have - rest, rest);
}

// Ends what may have come upon a free block that was written to, as heap_mend has it.
static void settle(struct ikyo_heap *heap, uint32_t sound)
{
    if (heap->broken != 0)
        heap_mend(heap, sound);
}

// False: the heap is not sealed, and nothing was done.
static bool join_kept(struct ikyo_heap *heap)
{
    if (!heap_is_sealed(heap)) {
        heap_fail_smashed(heap);
        return false;
    }
    do {
        settle(heap, 0);
        heap_join_kept(heap);
    } while (heap->broken != 0);
    return true;
}

// True if the index may be believed that a free block of at least `units` is there.
ALWAYS_INLINE bool is_usable(const struct ikyo_heap *heap, uint32_t place, uint32_t units)
{
    return heap_holds(heap, place) && heap_is(heap, place, IKYO_HEAP_FREE) &&
           heap_units(heap, place) >= units;
}

// What becomes of a search that found no block, or something that is not one: tags were smashed, or
// the index is not to be believed.
static COLD uint32_t find_slowly(struct ikyo_heap *heap, uint32_t units, uint32_t place)
{
    if (place != 0)
        heap_blame(heap, place);
    if ((heap->kept_blocks != 0 || heap->broken != 0) && join_kept(heap)) {
        place = heap_index_find(heap, units);
        if (is_usable(heap, place, units))
            return place;
    }
    return 0;
}

// Finds a free block of at least `units`. False: there is none, and no block is kept any more.
ALWAYS_INLINE bool find(struct ikyo_heap *heap, uint32_t units, uint32_t *place)
{
    *place = heap_index_find(heap, units);
    return is_usable(heap, *place, units) || (*place = find_slowly(heap, units, *place)) != 0;
}

// Units to leave free in front of a block so that its payload is aligned: none, or a block.
static uint32_t gap_at(const struct ikyo_heap *heap, uint32_t place, size_t alignment)
{
    size_t units = (-(uintptr_t)heap_payload(heap, place) & (alignment - 1)) / HEAP_UNIT;

    return (uint32_t)(units != 0 && units < HEAP_MIN_UNITS ? units + alignment / HEAP_UNIT : units);
}

// All three return the place of a live block; 0: there is no memory.
ALWAYS_INLINE uint32_t take_free(struct ikyo_heap *heap, uint32_t units)
{
    uint32_t place;

    if (!find(heap, units, &place))
        return 0;

    uint32_t have = heap_units(heap, place);

    heap_index_remove(heap, place);
    take_start(heap, place, have, units);
    return place;
}

static uint32_t take_aligned(struct ikyo_heap *heap, uint32_t units, size_t alignment)
{
    size_t spare = alignment / HEAP_UNIT + 1;
    uint32_t place;

    if (!find(heap, spare < heap->end ? units + (uint32_t)spare : heap->end, &place))
        return 0;

    uint32_t have = heap_units(heap, place), gap = gap_at(heap, place, alignment);

    heap_index_remove(heap, place);
    take_start(heap, place + gap, have - gap, units);
    if (gap != 0)
        heap_free_alone(heap, place, gap);
    return place + gap;
}

ALWAYS_INLINE uint32_t take(struct ikyo_heap *heap, uint32_t units)
{
    uint32_t place = heap_keeps(heap, units) ? heap_take_kept(heap, units) : 0;

    if (place == 0)
        return take_free(heap, units);
    set_live(heap, place, units, units);
    return place;
}

// What was taken is a block of the application's now, or NULL.
ALWAYS_INLINE void *hand_out(struct ikyo_heap *heap, uint32_t place)
{
    settle(heap, place);
    if (place == 0) {
        heap_fail(heap, IKYO_HEAP_NO_MEMORY, NULL);
        return NULL;
    }
    if (heap->fit == IKYO_HEAP_NEXT_FIT)
        heap->cursor = place + heap_units(heap, place);
    return heap_payload(heap, place);
}

EXPORT void *ikyo_heap_alloc(struct ikyo_heap *heap, size_t size)
{
    return heap_is_one(heap) ? hand_out(heap, take(heap, units_for(heap, size))) : NULL;
}

EXPORT void *ikyo_heap_alloc_aligned(struct ikyo_heap *heap, size_t size, size_t alignment)
{
    if (!heap_is_one(heap))
        return NULL;
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
        heap_fail(heap, IKYO_HEAP_BAD_ARGUMENT, NULL);
        return NULL;
    }
    if (alignment <= HEAP_UNIT)
        return ikyo_heap_alloc(heap, size);
    return hand_out(heap, take_aligned(heap, units_for(heap, size), alignment));
}

// The place of a live block; 0, and what is wrong is said, unless its tags and those of the block
// behind are as they should be.
ALWAYS_INLINE uint32_t place_of(struct ikyo_heap *heap, const void *block)
{
    uint32_t place = heap_place(heap, block);

    if (place != 0 && heap_payload(heap, place) == block && heap_is(heap, place, IKYO_HEAP_LIVE) &&
        heap_intact(heap, place + heap_units(heap, place)))
        return place;

    struct ikyo_heap_fault fault = heap_diagnose(heap, block);

    heap_fail(heap, fault.error, fault.address);
    return 0;
}

EXPORT size_t ikyo_heap_usable_size(struct ikyo_heap *heap, const void *block)
{
    uint32_t place = heap_is_one(heap) && block != NULL ? place_of(heap, block) : 0;

    return place != 0 ? heap_bytes(heap_units(heap, place), 1) : 0;
}

EXPORT enum ikyo_heap_error ikyo_heap_free(struct ikyo_heap *heap, void *block)
{
    if (!heap_is_one(heap))
        return IKYO_HEAP_BAD_ARGUMENT;
    if (block == NULL)
        return IKYO_HEAP_OK;

    uint32_t place = place_of(heap, block);

    if (place == 0)
        return (enum ikyo_heap_error)heap->error;

    uint32_t units = heap_units(heap, place);

    uncount_live(heap, place);
    if (heap_keeps(heap, units))
        heap_keep(heap, place, units);
    else
        place = heap_free_units(heap, place, units);
    settle(heap, place);
    return IKYO_HEAP_OK;
}

// Resizes a live block where it is. False: there is no room.
static bool resize(struct ikyo_heap *heap, uint32_t place, uint32_t units)
{
    uint32_t have = heap_units(heap, place), next = place + have;

    if (units <= have) {
        uncount_live(heap, place);

        uint32_t rest = set_live(heap, place, have, units);

        if (rest != 0) {
            heap_set(heap, place + have - rest, rest, IKYO_HEAP_LIVE);
            (void)heap_free_units(heap, place + have - rest, rest);
        }
    } else {
        if (!heap_is(heap, next, IKYO_HEAP_FREE) || units - have > heap_units(heap, next))
            return false;
        uncount_live(heap, place);
        have += heap_units(heap, next);
        heap_index_remove(heap, next);
        take_start(heap, place, have, units);
    }
    settle(heap, place);
    return true;
}

EXPORT void *ikyo_heap_realloc(struct ikyo_heap *heap, void *block, size_t size)
{
    if (!heap_is_one(heap) || block == NULL)
        return ikyo_heap_alloc(heap, size);

    uint32_t place = place_of(heap, block);

    if (place == 0)
        return NULL;

    uint32_t units = units_for(heap, size);

    if (resize(heap, place, units))
        return block;

    uint32_t fresh = take(heap, units);

    // What was kept beside the block is joined by now.
    if (fresh == 0 && resize(heap, place, units))
        return block;

    void *moved = hand_out(heap, fresh);

    if (moved != NULL) {
        memcpy(moved, block, heap_bytes(heap_units(heap, place), 1));
        (void)ikyo_heap_free(heap, block);
    }
    return moved;
}

EXPORT void ikyo_heap_join(struct ikyo_heap *heap)
{
    if (heap_is_one(heap))
        (void)join_kept(heap);
}

static void *allocate(void *context, size_t size, size_t alignment)
{
    return ikyo_heap_alloc_aligned(context, size, alignment);
}

static void deallocate(void *context, void *block, size_t size)
{
    (void)size;
    (void)ikyo_heap_free(context, block);
}

EXPORT struct ikyo_allocator ikyo_heap_allocator(struct ikyo_heap *heap)
{
    return (struct ikyo_allocator){allocate, deallocate, heap};
}
