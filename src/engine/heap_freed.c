// SPDX-License-Identifier: MIT
#include "engine/heap_freed.h"

#include "engine/heap_fault.h"
#include "engine/heap_index.h"

void heap_free_units(struct ikyo_heap *heap, uint32_t place, uint32_t units)
{
    uint32_t behind = place + units, before = heap_before(heap, place);

    if (heap_state(heap_self(heap, behind)) == IKYO_HEAP_FREE && heap_intact(heap, behind)) {
        units += heap_units(heap, behind);
        heap_index_remove(heap, behind);
    }
    if (heap_state(before) == IKYO_HEAP_FREE) {
        place -= before >> 2;
        units += before >> 2;
        heap_index_remove(heap, place);
    }
    heap_free_alone(heap, place, units);
    // The search goes on with the block that swallowed the place where it was to go on.
    if (heap->cursor > place && heap->cursor < place + units)
        heap->cursor = place;
}

static uint32_t seal_of(uint32_t next, uint32_t place)
{
    return (next ^ heap_mask(place) ^ 0x5EA1ED01u) * 0x85EBCA6Bu;
}

const struct heap_kept *heap_kept_at(const struct ikyo_heap *heap, uint32_t place)
{
    const struct heap_kept *k = heap_payload(heap, place);

    return heap_holds(heap, place) && k->seal == seal_of(k->next, place) ? k : NULL;
}

void heap_keep(struct ikyo_heap *heap, uint32_t place, uint32_t units)
{
    struct heap_kept *k = heap_payload(heap, place);
    uint32_t *head = &heap_kept_heads(heap)[units - HEAP_MIN_UNITS];

    heap_set(heap, place, units, IKYO_HEAP_KEPT);
    *k = (struct heap_kept){.next = *head, .seal = seal_of(*head, place)};
    *head = place;
    heap->kept_blocks++;
    heap->kept_units += units;
}

uint32_t heap_take_kept(struct ikyo_heap *heap, uint32_t units)
{
    uint32_t *head = &heap_kept_heads(heap)[units - HEAP_MIN_UNITS];
    uint32_t place = *head;

    if (place == 0)
        return 0;

    const struct heap_kept *k = heap_kept_at(heap, place);

    if (k == NULL || heap_units(heap, place) != units) {
        heap_blame(heap, k == NULL ? place : heap->end);
        return 0;
    }
    *head = k->next;
    heap->kept_blocks--;
    heap->kept_units -= units;
    return place;
}

void heap_join_kept(struct ikyo_heap *heap)
{
    if (heap->kept_blocks == 0)
        return;
    for (uint32_t list = 0; list < heap->kept_lists; list++) {
        uint32_t units = list + HEAP_MIN_UNITS, place;

        while (heap->broken == 0 && (place = heap_take_kept(heap, units)) != 0) {
            if (heap_is(heap, place, IKYO_HEAP_KEPT))
                heap_free_units(heap, place, units);
            else
                heap_fail_smashed(heap);
        }
    }
}
