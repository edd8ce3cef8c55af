// SPDX-License-Identifier: MIT
#include "engine/heap_index.h"

#include "engine/heap_tree.h"

// The nodes of an index seen so far; in a tree `last` is the one before in order.
struct tour {
    const struct ikyo_heap *heap;
    uint32_t last;
    uint32_t nodes;
    struct ikyo_heap_fault fault;
};

struct ikyo_heap_fault heap_index_fault(const struct ikyo_heap *heap, uint32_t place)
{
    if (heap_is_written(heap, place))
        return (struct ikyo_heap_fault){IKYO_HEAP_USED_AFTER_FREE, heap_payload(heap, place)};
    return (struct ikyo_heap_fault){IKYO_HEAP_SMASHED, heap};
}

static void stop(struct tour *t, const void *smashed)
{
    if (t->fault.error == IKYO_HEAP_OK)
        t->fault = (struct ikyo_heap_fault){IKYO_HEAP_SMASHED, smashed};
}

// The node of a free block, or NULL and the tour ends. No tour is longer than there are blocks.
static const struct heap_node *visit(struct tour *t, uint32_t place)
{
    const struct heap_node *n = heap_node(t->heap, place);

    if (t->fault.error != IKYO_HEAP_OK)
        return NULL;
    if (n == NULL || !heap_is(t->heap, place, IKYO_HEAP_FREE) ||
        n->units != heap_units(t->heap, place)) {
        t->fault = heap_index_fault(t->heap, place);
        return NULL;
    }
    if (t->nodes++ == t->heap->free_blocks)
        stop(t, t->heap);
    return n;
}

// The tree at a place, whose parent has the rank `above`.
static void look_at_tree(struct tour *t, uint32_t place, uint32_t above)
{
    const struct heap_node *n = place != 0 ? visit(t, place) : NULL;

    if (n == NULL)
        return;

    uint32_t rank = heap_tree_rank(n, place);

    if (rank > above || n->units - HEAP_MIN_UNITS < t->heap->lists)
        stop(t, t->heap);
    look_at_tree(t, n->left, rank);
    if (t->last != 0 && !heap_tree_precedes(t->heap, t->last, place))
        stop(t, t->heap);
    t->last = place;
    look_at_tree(t, n->right, rank);
}

static void look_at_lists(struct tour *t)
{
    for (uint32_t list = 0; list < HEAP_LISTS; list++) {
        const uint32_t *head = &heap_sizes_heads(t->heap)[list];
        uint32_t front = 0, place = list < t->heap->lists ? *head : 0;
        const uint64_t *bits = &t->heap->index[list / 64];
        const struct heap_node *n;

        if ((*bits >> list % 64 & 1) != (place != 0))
            stop(t, bits);
        for (; place != 0 && (n = visit(t, place)) != NULL; place = n->left) {
            if (n->units != list + HEAP_MIN_UNITS || (front != 0 && n->right != front))
                stop(t, head);
            front = place;
        }
    }
}

static void look_at_map(struct tour *t)
{
    for (uint32_t stretch = 0; stretch < heap_map_stretches(t->heap->end); stretch++) {
        uint32_t largest = 0;

        for (uint64_t bits = t->heap->index[stretch]; bits != 0; bits &= bits - 1) {
            uint32_t place = stretch * HEAP_STRETCH + (uint32_t)__builtin_ctzll(bits);
            const struct heap_node *n = visit(t, place);

            if (n != NULL && n->units > largest)
                largest = n->units;
        }
        if (!heap_map_covers(t->heap, stretch, largest))
            stop(t, &t->heap->index[stretch]);
    }
}

struct ikyo_heap_fault heap_index_check(const struct ikyo_heap *heap)
{
    struct tour t = {.heap = heap};

    if (heap_by_address(heap)) {
        look_at_map(&t);
    } else {
        look_at_lists(&t);
        look_at_tree(&t, heap->root, UINT32_MAX);
    }
    if (heap->aside != 0)
        (void)visit(&t, heap->aside);
    if (t.nodes != heap->free_blocks || heap->broken != 0 || heap->cursor > heap->end ||
        (heap->cursor != 0 && heap->fit != IKYO_HEAP_NEXT_FIT))
        stop(&t, heap);
    return t.fault;
}
