// SPDX-License-Identifier: MIT
#include "engine/heap_freed.h"

#include "engine/heap_fault.h"
#include "engine/heap_tree.h"

void heap_free_units(struct ikyo_heap *heap, uint32_t place, uint32_t units)
{
    uint32_t behind = place + units, before = heap_before(heap, place);
    uint32_t joined = heap_is_free(heap, behind) ? heap_units(heap, behind) : 0;
    bool moves = joined != 0 && heap_tree_by_address(heap);

    if (joined != 0 && !moves)
        heap_tree_remove(heap, behind);
    units += joined;
    if (heap_state(before) == IKYO_HEAP_FREE && heap_linked(heap, place)) {
        place -= before >> 2;
        heap_tree_remove(heap, place);
        units += before >> 2;
    }
    heap_set(heap, place, units, IKYO_HEAP_FREE);
    if (moves)
        heap_tree_move(heap, behind, joined, place);
    else
        heap_tree_insert(heap, place);
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

    return k->seal == seal_of(k->next, place) ? k : NULL;
}

void heap_keep(struct ikyo_heap *heap, uint32_t place, uint32_t units)
{
    struct heap_kept *k = heap_payload(heap, place);
    uint32_t *head = &heap->kept[units - HEAP_MIN_UNITS];

    heap_set(heap, place, units, IKYO_HEAP_KEPT);
    *k = (struct heap_kept){.next = *head, .seal = seal_of(*head, place)};
    *head = place;
    heap->kept_blocks++;
    heap->kept_units += units;
}

uint32_t heap_take_kept(struct ikyo_heap *heap, uint32_t units)
{
    uint32_t *head = &heap->kept[units - HEAP_MIN_UNITS];
    uint32_t place = *head;

    if (place == 0)
        return 0;

    const struct heap_kept *k = heap_kept_at(heap, place);

    if (k == NULL) {
        heap->broken = place;
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
    for (uint32_t units = HEAP_MIN_UNITS; units <= HEAP_KEPT_UNITS; units++) {
        uint32_t place;

        while (heap->broken == 0 && (place = heap_take_kept(heap, units)) != 0) {
            if (heap_intact(heap, place) && heap_linked(heap, place))
                heap_free_units(heap, place, units);
            else
                heap_fail(heap, IKYO_HEAP_SMASHED, heap_smashed(heap));
        }
    }
}
