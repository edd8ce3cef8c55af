// SPDX-License-Identifier: MIT
#include "engine/heap_fault.h"

#include "engine/heap_freed.h"
#include "engine/heap_index.h"
#include "os/compiler.h"

#include <string.h>

EXPORT const char *ikyo_heap_error_text(enum ikyo_heap_error error)
{
    switch (error) {
    case IKYO_HEAP_OK:
        return "no error";
    case IKYO_HEAP_NO_MEMORY:
        return "no free block is large enough";
    case IKYO_HEAP_BAD_ARGUMENT:
        return "bad argument";
    case IKYO_HEAP_FOREIGN_POINTER:
        return "no block of the heap starts at this address";
    case IKYO_HEAP_DOUBLE_FREE:
        return "the memory is free already";
    case IKYO_HEAP_SMASHED:
        return "the tags of a block were overwritten";
    case IKYO_HEAP_USED_AFTER_FREE:
        return "a free block was written to";
    }
    return "unknown error";
}

uint32_t heap_record_seal(const struct ikyo_heap *heap)
{
    const unsigned char *bytes = (const unsigned char *)heap;
    uint32_t seal = 0;

    for (size_t i = 0; i < offsetof(struct ikyo_heap, seal); i++)
        seal = (seal ^ bytes[i]) * 0x01000193u;
    return seal;
}

enum ikyo_heap_error heap_fail(struct ikyo_heap *heap, enum ikyo_heap_error error,
                               const void *address)
{
    bool sealed = heap_is_sealed(heap);

    if (!sealed) {
        error = IKYO_HEAP_SMASHED;
        address = heap;
    }
    heap->error = (uint32_t)error;
    heap->error_place = (uintptr_t)address - (uintptr_t)heap;
    if (sealed && heap->on_fault != NULL)
        heap->on_fault(heap->context, (struct ikyo_heap_fault){error, address});
    return error;
}

EXPORT struct ikyo_heap_fault ikyo_heap_last_fault(const struct ikyo_heap *heap)
{
    struct ikyo_heap_fault fault = {IKYO_HEAP_BAD_ARGUMENT, NULL};

    if (!heap_is_one(heap))
        return fault;
    fault.error = (enum ikyo_heap_error)heap->error;
    if (fault.error > IKYO_HEAP_BAD_ARGUMENT)
        fault.address = (const void *)((uintptr_t)heap + (uintptr_t)heap->error_place);
    return fault;
}

// Of two ends that do not agree, the one whose size cannot be; else the one behind the payload,
// since blocks are written beyond their end more often than before their start.
static const void *disagreement(const struct ikyo_heap *heap, uint32_t place)
{
    uint32_t units = heap_units(heap, place);

    return heap_tag_at(heap, heap_fits(heap, place, units) ? place + units : place);
}

// The block that holds `place`, the end marker for its own, or the lowest with overwritten tags.
static uint32_t block_around(const struct ikyo_heap *heap, uint32_t place)
{
    uint32_t at = heap->first;

    while (at < heap->end && heap_sound(heap, at) && at + heap_units(heap, at) <= place)
        at += heap_units(heap, at);
    return at;
}

const void *heap_smashed(const struct ikyo_heap *heap)
{
    uint32_t at = heap->first;

    if (!heap_is_sealed(heap))
        return heap;
    if (heap_before(heap, at) != heap_edge())
        return heap_tag_at(heap, at);
    at = block_around(heap, heap->end);
    return heap_sound(heap, at) ? NULL : disagreement(heap, at);
}

void heap_fail_smashed(struct ikyo_heap *heap)
{
    const void *tag = heap_smashed(heap);

    heap_fail(heap, IKYO_HEAP_SMASHED, tag != NULL ? tag : heap);
}

struct ikyo_heap_fault heap_diagnose(const struct ikyo_heap *heap, const void *block)
{
    uint32_t place = heap_place(heap, block);

    if (!heap_is_sealed(heap))
        return (struct ikyo_heap_fault){IKYO_HEAP_SMASHED, heap};
    if (place == 0)
        return (struct ikyo_heap_fault){IKYO_HEAP_FOREIGN_POINTER, block};

    uint32_t around = block_around(heap, place);

    if (!heap_sound(heap, around))
        return (struct ikyo_heap_fault){IKYO_HEAP_SMASHED, disagreement(heap, around)};
    if (heap_state(heap_self(heap, around)) != IKYO_HEAP_LIVE)
        return (struct ikyo_heap_fault){IKYO_HEAP_DOUBLE_FREE, block};
    if (heap_payload(heap, around) != block)
        return (struct ikyo_heap_fault){IKYO_HEAP_FOREIGN_POINTER, block};
    return (struct ikyo_heap_fault){IKYO_HEAP_SMASHED, heap_smashed(heap)};
}

bool heap_is_written(const struct ikyo_heap *heap, uint32_t place)
{
    if (!heap_holds(heap, place))
        return false;
    if (heap_is(heap, place, IKYO_HEAP_FREE))
        return heap_node(heap, place) == NULL;
    return heap_is(heap, place, IKYO_HEAP_KEPT) && heap_kept_at(heap, place) == NULL;
}

void heap_blame(struct ikyo_heap *heap, uint32_t place)
{
    if (heap->broken == 0)
        heap->broken = heap_is_written(heap, place) ? place : heap->end;
}

static void enter(struct ikyo_heap *heap, uint32_t place)
{
    enum ikyo_heap_state state = heap_state(heap_self(heap, place));
    uint32_t units = heap_units(heap, place);

    if (state == IKYO_HEAP_FREE)
        heap_index_add(heap, place, units);
    else if (state == IKYO_HEAP_KEPT && heap_keeps(heap, units))
        heap_keep(heap, place, units);
}

// A free block behind smashed tags is live from now on: what is freed beside it must not be joined
// with memory that the index does not have.
static void leave_out(struct ikyo_heap *heap, uint32_t place)
{
    uint32_t units = heap_units(heap, place);

    if (heap_state(heap_self(heap, place)) != IKYO_HEAP_FREE)
        return;
    heap_set(heap, place, units, IKYO_HEAP_LIVE);
    heap->live_blocks++;
    heap->live_units += units;
}

// Both enter blocks from a place on, up or down, while tags agree, and answer where they do not.
static uint32_t enter_above(struct ikyo_heap *heap, uint32_t place, uint32_t end)
{
    for (; place < end && heap_linked(heap, place) && heap_intact(heap, place);
         place += heap_units(heap, place))
        enter(heap, place);
    return place;
}

static uint32_t enter_below(struct ikyo_heap *heap, uint32_t place, uint32_t start)
{
    uint32_t units;

    while (place > start && heap_linked(heap, place) &&
           (units = heap_before(heap, place) >> 2) != 0 && units <= place - start) {
        place -= units;
        if (heap_linked(heap, place))
            enter(heap, place);
        else
            leave_out(heap, place);
    }
    return place;
}

// What lies behind smashed tags is found from the end of the heap on, or from the sound block.
static void rebuild(struct ikyo_heap *heap, uint32_t sound)
{
    heap->root = heap->aside = 0;
    if (heap->cursor > heap->end)
        heap->cursor = 0;
    heap->free_blocks = heap->free_units = 0;
    heap->kept_blocks = heap->kept_units = 0;
    memset(heap->index, 0, heap_index_words(heap->end, heap->fit) * sizeof heap->index[0]);
    memset(heap_kept_heads(heap), 0, heap->kept_lists * sizeof(uint32_t));

    uint32_t low = enter_above(heap, heap->first, heap->end);
    uint32_t high = enter_below(heap, heap->end, low);

    if (sound > low && sound < high) {
        (void)enter_below(heap, sound, low);
        (void)enter_above(heap, sound, high);
    }
}

void heap_mend(struct ikyo_heap *heap, uint32_t sound)
{
    uint32_t broken = heap->broken;

    heap->broken = 0;
    if (!heap_is_sealed(heap)) {
        heap_fail_smashed(heap);
        return;
    }
    rebuild(heap, sound);
    if (heap_holds(heap, broken))
        heap_fail(heap, IKYO_HEAP_USED_AFTER_FREE, heap_payload(heap, broken));
    else
        heap_fail_smashed(heap);
}
