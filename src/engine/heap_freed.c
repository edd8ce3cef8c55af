// SPDX-License-Identifier: MIT
#include "engine/heap_freed.h"

#include "engine/heap_fault.h"
#include "engine/heap_index.h"

uint32_t heap_free_units(struct ikyo_heap *heap, uint32_t place, uint32_t units)
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
    return place;
}

void heap_join_kept(struct ikyo_heap *heap)
{
    if (heap->kept_blocks == 0)
        return;
    for (uint32_t list = 0; list < heap->kept_lists; list++) {
        uint32_t units = list + HEAP_MIN_UNITS, place;

        while (heap->broken == 0 && (place = heap_take_kept(heap, units)) != 0)
            (void)heap_free_units(heap, place, units);
    }
}
