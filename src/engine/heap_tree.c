// SPDX-License-Identifier: MIT
#include "engine/heap_tree.h"

// The node below a link, or NULL for none and for one that was written to.
static struct heap_node *below(struct ikyo_heap *heap, uint32_t place)
{
    return place != 0 ? heap_follow(heap, place) : NULL;
}

uint32_t heap_tree_rank(const struct heap_node *n, uint32_t place)
{
    uint32_t end = place + n->units;

    end = (end ^ end >> 16) * 0x45D9F3B5u;
    end = (end ^ end >> 15) * 0x2C1B3C6Du;
    return end ^ end >> 16;
}

bool heap_tree_precedes(const struct ikyo_heap *heap, uint32_t a, uint32_t b)
{
    uint32_t a_units = heap_node_at(heap, a)->units, b_units = heap_node_at(heap, b)->units;

    return a_units != b_units ? a_units < b_units : a < b;
}

// Cuts the tree at `at` into the nodes before the block at `place` and those behind it.
static void cut(struct ikyo_heap *heap, uint32_t at, uint32_t place, uint32_t *before,
                uint32_t *behind)
{
    struct heap_node *n = below(heap, at);

    if (n == NULL) {
        *before = *behind = 0;
        return;
    }
    if (heap_tree_precedes(heap, at, place)) {
        *before = at;
        cut(heap, n->right, place, &n->right, behind);
    } else {
        *behind = at;
        cut(heap, n->left, place, before, &n->left);
    }
    heap_seal(heap, at);
}

// One tree of two, where all of `a` precedes all of `b`.
static uint32_t join(struct ikyo_heap *heap, uint32_t a, uint32_t b)
{
    struct heap_node *first = below(heap, a), *second = below(heap, b);

    if (first == NULL)
        return second != NULL ? b : 0;
    if (second == NULL)
        return a;
    if (heap_tree_rank(first, a) > heap_tree_rank(second, b)) {
        first->right = join(heap, first->right, b);
        heap_seal(heap, a);
        return a;
    }
    second->left = join(heap, a, second->left);
    heap_seal(heap, b);
    return b;
}

void heap_tree_add(struct ikyo_heap *heap, uint32_t place, uint32_t units)
{
    struct heap_node *fresh = heap_node_at(heap, place), *n;
    uint32_t parent = 0, *link = &heap->root;

    fresh->units = units;

    uint32_t rank = heap_tree_rank(fresh, place);

    while ((n = below(heap, *link)) != NULL && heap_tree_rank(n, *link) > rank) {
        parent = *link;
        link = heap_tree_precedes(heap, place, parent) ? &n->left : &n->right;
    }
    cut(heap, *link, place, &fresh->left, &fresh->right);
    heap_seal(heap, place);
    *link = place;
    if (parent != 0)
        heap_seal(heap, parent);
}

void heap_tree_remove(struct ikyo_heap *heap, uint32_t place)
{
    uint32_t parent = 0, *link = &heap->root;
    struct heap_node *n;

    while ((n = below(heap, *link)) != NULL && *link != place) {
        parent = *link;
        link = heap_tree_precedes(heap, place, parent) ? &n->left : &n->right;
    }
    if (n == NULL) {
        heap_blame(heap, place);
        return;
    }
    *link = join(heap, n->left, n->right);
    if (parent != 0)
        heap_seal(heap, parent);
}

uint32_t heap_tree_find(struct ikyo_heap *heap, uint32_t units)
{
    uint32_t found = 0;

    for (uint32_t at = heap->root; at != 0;) {
        const struct heap_node *n = heap_follow(heap, at);

        if (n == NULL)
            return 0;
        if (n->units >= units)
            found = at;
        at = n->units >= units ? n->left : n->right;
    }
    return found;
}

uint32_t heap_tree_largest(const struct ikyo_heap *heap)
{
    const struct heap_node *n, *last = NULL;

    for (uint32_t at = heap->root; at != 0 && (n = heap_node(heap, at)) != NULL; at = n->right)
        last = n;
    return last != NULL ? last->units : 0;
}
