// SPDX-License-Identifier: MIT
// Looking at a heap: walk, statistics, and the invariants in one place.
//
//   tags: both ends of every block agree, from the first block to the end marker
//   no two blocks of the tree are neighbours
//   tree: exactly the blocks whose tags say "free", in order, by rank, the largest of each side
//   true lists: exactly the blocks whose tags say "kept", each of the size of its list counters:
//   those of the tags
#include "ikyoalloc/heap.h"

#include "engine/heap_fault.h"
#include "engine/heap_freed.h"
#include "engine/heap_tag.h"
#include "engine/heap_tree.h"
#include "os/compiler.h"

static const struct ikyo_heap_fault fine = {IKYO_HEAP_OK, NULL};
static const struct ikyo_heap_fault no_heap = {IKYO_HEAP_BAD_ARGUMENT, NULL};

static struct ikyo_heap_fault smashed_at(const void *address)
{
    return (struct ikyo_heap_fault){IKYO_HEAP_SMASHED, address};
}

static struct ikyo_heap_fault written_at(const void *address)
{
    return (struct ikyo_heap_fault){IKYO_HEAP_USED_AFTER_FREE, address};
}

EXPORT struct ikyo_heap_fault
ikyo_heap_walk(const struct ikyo_heap *heap,
               bool (*visit)(void *context, const struct ikyo_heap_block *block), void *context)
{
    if (!heap_is_one(heap) || visit == NULL)
        return no_heap;
    for (uint32_t place = heap->first; place < heap->end; place += heap_units(heap, place)) {
        if (!heap_intact(heap, place) || !heap_linked(heap, place))
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

    if (!heap_is_one(heap))
        return s;
    s.size = ((size_t)heap->end + 1) * HEAP_UNIT;
    s.used = heap_bytes(heap->live_units, heap->live_blocks);
    s.peak = (size_t)heap->peak;
    s.free = heap_bytes(heap->free_units, heap->free_blocks);
    s.kept = heap_bytes(heap->kept_units, heap->kept_blocks);
    s.live_blocks = heap->live_blocks;
    s.free_blocks = heap->free_blocks;
    s.kept_blocks = heap->kept_blocks;
    if (heap_tree_largest(heap) != 0)
        s.largest_free = heap_bytes(heap_tree_largest(heap), 1);
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

// The tree below a node, in order: `last` is the node before.
struct tour {
    const struct ikyo_heap *heap;
    uint32_t last;
    uint32_t nodes;
    struct ikyo_heap_fault fault;
};

static bool is_entered(const struct ikyo_heap *heap, uint32_t place, const struct heap_node *n)
{
    return heap_is_free(heap, place) && n->units == heap_units(heap, place);
}

// The largest block of the tree at a place, whose parent has the rank `above`.
static uint32_t look(struct tour *t, uint32_t place, uint32_t above)
{
    if (place == 0 || t->fault.error != IKYO_HEAP_OK)
        return 0;

    const struct heap_node *n = heap_tree_node(t->heap, place);
    uint32_t rank = n != NULL ? heap_tree_rank(place + n->units) : 0;

    if (n == NULL || rank > above || !is_entered(t->heap, place, n)) {
        t->fault = written_at(heap_payload(t->heap, place));
        return 0;
    }

    uint32_t left = look(t, n->left, rank);

    if (t->last != 0 && !heap_tree_precedes(t->heap, t->last, place))
        t->fault = written_at(heap_payload(t->heap, place));
    t->last = place;
    t->nodes++;

    uint32_t right = look(t, n->right, rank);

    if (t->fault.error == IKYO_HEAP_OK && heap_tree_by_address(t->heap) &&
        (n->left_largest != left || n->right_largest != right))
        t->fault = written_at(heap_payload(t->heap, place));
    return heap_node_largest(n);
}

// All lists of kept blocks; `left` are those not seen yet, and ends a list that is a ring.
static struct ikyo_heap_fault look_at_kept(const struct ikyo_heap *heap, uint32_t left)
{
    for (uint32_t units = HEAP_MIN_UNITS; heap->defer && units <= HEAP_KEPT_UNITS; units++) {
        uint32_t place = heap->kept[units - HEAP_MIN_UNITS];

        while (place != 0) {
            const struct heap_kept *k = heap_kept_at(heap, place);

            if (k == NULL || heap_self(heap, place) != heap_word(units, IKYO_HEAP_KEPT))
                return written_at(heap_payload(heap, place));
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
    struct tour tour = {.heap = heap};
    const void *smashed = heap_smashed(heap);
    struct ikyo_heap_fault fault = smashed != NULL ? smashed_at(smashed) : count(heap, &tags);

    if (fault.error != IKYO_HEAP_OK)
        return fault;
    look(&tour, heap->root, UINT32_MAX);
    if (tour.fault.error != IKYO_HEAP_OK)
        return tour.fault;
    fault = look_at_kept(heap, tags.blocks[IKYO_HEAP_KEPT]);
    if (fault.error != IKYO_HEAP_OK)
        return fault;
    if (tour.nodes == tags.blocks[IKYO_HEAP_FREE] &&
        heap->free_blocks == tags.blocks[IKYO_HEAP_FREE] &&
        heap->free_units == tags.units[IKYO_HEAP_FREE] &&
        heap->kept_blocks == tags.blocks[IKYO_HEAP_KEPT] &&
        heap->kept_units == tags.units[IKYO_HEAP_KEPT] &&
        heap->live_blocks == tags.blocks[IKYO_HEAP_LIVE] &&
        heap->live_units == tags.units[IKYO_HEAP_LIVE])
        return fine;
    return smashed_at(heap);
}
