// SPDX-License-Identifier: MIT
// Looking at a heap: walk, statistics, and the invariants in one place.
//
//   tags: both ends of every block agree, from the first block to the end marker
//   no two blocks whose tags say "free" are neighbours
//   index: exactly those blocks, as heap_index_check has it
//   lists of blocks kept: exactly those whose tags say "kept", each of the size of its list
//   counters: those of the tags
#include "ikyoalloc/heap.h"

#include "engine/heap_fault.h"
#include "engine/heap_freed.h"
#include "engine/heap_index.h"
#include "engine/heap_tag.h"
#include "os/compiler.h"

static const struct ikyo_heap_fault fine = {IKYO_HEAP_OK, NULL};
static const struct ikyo_heap_fault no_heap = {IKYO_HEAP_BAD_ARGUMENT, NULL};

static struct ikyo_heap_fault smashed_at(const void *address)
{
    return (struct ikyo_heap_fault){IKYO_HEAP_SMASHED, address};
}

EXPORT struct ikyo_heap_fault
ikyo_heap_walk(const struct ikyo_heap *heap,
               bool (*visit)(void *context, const struct ikyo_heap_block *block), void *context)
{
    if (!heap_is_one(heap) || visit == NULL)
        return no_heap;
    if (!heap_is_sealed(heap))
        return smashed_at(heap);
    for (uint32_t place = heap->first; place < heap->end; place += heap_units(heap, place)) {
        if (!heap_sound(heap, place) || !heap_linked(heap, place))
            return smashed_at(heap_smashed(heap));

        const struct ikyo_heap_block block = {
            .address = heap_payload(heap, place),
            .size = heap_bytes(heap_units(heap, place), 1),
            .state = heap_state(heap_self(heap, place)),
        };

        if (!visit(context, &block))
            return fine;
    }
    return heap_intact(heap, heap->end) ? fine : smashed_at(heap_tag_at(heap, heap->end));
}

EXPORT struct ikyo_heap_figures ikyo_heap_stats(const struct ikyo_heap *heap)
{
    struct ikyo_heap_figures s = {0};

    if (!heap_is_one(heap) || !heap_is_sealed(heap))
        return s;
    s.size = ((size_t)heap->end + 1) * HEAP_UNIT;
    s.used = heap_bytes(heap->live_units, heap->live_blocks);
    s.peak = (size_t)heap->peak;
    s.free = heap_bytes(heap->free_units, heap->free_blocks);
    s.kept = heap_bytes(heap->kept_units, heap->kept_blocks);
    s.live_blocks = heap->live_blocks;
    s.free_blocks = heap->free_blocks;
    s.kept_blocks = heap->kept_blocks;

    uint32_t largest = heap_index_largest(heap);

    if (largest != 0)
        s.largest_free = heap_bytes(largest, 1);
    if (s.free != 0)
        s.fragmentation = (unsigned)(100 - (uint64_t)s.largest_free * 100 / s.free);
    return s;
}

// What the tags say: blocks and units by state.
struct census {
    uint32_t blocks[3];
    uint32_t units[3];
};

static struct ikyo_heap_fault count(const struct ikyo_heap *heap, struct census *census)
{
    enum ikyo_heap_state last = IKYO_HEAP_LIVE;

    for (uint32_t place = heap->first; place < heap->end; place += heap_units(heap, place)) {
        enum ikyo_heap_state state = heap_state(heap_self(heap, place));

        if (state == IKYO_HEAP_FREE && last == IKYO_HEAP_FREE)
            return smashed_at(heap_tag_at(heap, place));
        census->blocks[state]++;
        census->units[state] += heap_units(heap, place);
        last = state;
    }
    return fine;
}

// All lists of kept blocks; `left` are those not seen yet, and ends a list that is a ring.
static struct ikyo_heap_fault look_at_kept(const struct ikyo_heap *heap, uint32_t left)
{
    for (uint32_t list = 0; list < heap->kept_lists; list++) {
        uint32_t place = heap_kept_heads(heap)[list];

        while (place != 0) {
            const struct heap_kept *k = heap_kept_at(heap, place);

            if (k == NULL ||
                heap_self(heap, place) != heap_word(list + HEAP_MIN_UNITS, IKYO_HEAP_KEPT))
                return heap_index_fault(heap, place);
            if (left-- == 0)
                return smashed_at(heap);
            place = k->next;
        }
    }
    return left == 0 ? fine : smashed_at(heap);
}

EXPORT struct ikyo_heap_fault ikyo_heap_check(const struct ikyo_heap *heap)
{
    if (!heap_is_one(heap))
        return no_heap;

    struct census tags = {0};
    const void *smashed = heap_smashed(heap);
    struct ikyo_heap_fault fault = smashed != NULL ? smashed_at(smashed) : count(heap, &tags);

    if (fault.error != IKYO_HEAP_OK)
        return fault;
    fault = heap_index_check(heap);
    if (fault.error == IKYO_HEAP_OK)
        fault = look_at_kept(heap, tags.blocks[IKYO_HEAP_KEPT]);
    if (fault.error != IKYO_HEAP_OK)
        return fault;
    if (heap->free_blocks == tags.blocks[IKYO_HEAP_FREE] &&
        heap->free_units == tags.units[IKYO_HEAP_FREE] &&
        heap->kept_blocks == tags.blocks[IKYO_HEAP_KEPT] &&
        heap->kept_units == tags.units[IKYO_HEAP_KEPT] &&
        heap->live_blocks == tags.blocks[IKYO_HEAP_LIVE] &&
        heap->live_units == tags.units[IKYO_HEAP_LIVE])
        return fine;
    return smashed_at(heap);
}
