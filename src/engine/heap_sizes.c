// SPDX-License-Identifier: MIT
#include "engine/heap_sizes.h"

#include "engine/heap_tree.h"

// The node at `place` learns which one is in front of it.
static void set_front(struct ikyo_heap *heap, uint32_t place, uint32_t front)
{
    struct heap_node *n = heap_follow(heap, place);

    if (n != NULL)
        heap_set_right(n, front);
}

void heap_sizes_add(struct ikyo_heap *heap, uint32_t place, uint32_t units)
{
    uint32_t list = units - HEAP_MIN_UNITS;

    if (list >= heap->lists) {
        heap_tree_add(heap, place, units);
        return;
    }

    uint32_t *head = &heap_sizes_heads(heap)[list], behind = *head;

    *heap_node_at(heap, place) = (struct heap_node){.left = behind, .units = units};
    heap_seal(heap, place);
    *head = place;
    heap->index[list / 64] |= (uint64_t)1 << list % 64;
    if (behind != 0)
        set_front(heap, behind, place);
}

// Removes the node at a place that is not the first of its list. One of two that do not lead to
// each other is blamed.
static void remove_inner(struct ikyo_heap *heap, const struct heap_node *n, uint32_t place)
{
    struct heap_node *front = heap_follow(heap, n->right);

    if (front != NULL && front->left != place) {
        heap_blame(heap, place);
        return;
    }
    if (front != NULL)
        heap_set_left(front, n->left);
    if (n->left != 0)
        set_front(heap, n->left, n->right);
}

void heap_sizes_remove(struct ikyo_heap *heap, uint32_t place, uint32_t units)
{
    uint32_t list = units - HEAP_MIN_UNITS;

    if (list >= heap->lists) {
        heap_tree_remove(heap, place);
        return;
    }

    uint32_t *head = &heap_sizes_heads(heap)[list];
    const struct heap_node *n = heap_follow(heap, place);

    if (n == NULL)
        return;
    if (*head != place) {
        remove_inner(heap, n, place);
        return;
    }
    *head = n->left;
    if (n->left == 0)
        heap->index[list / 64] &= ~((uint64_t)1 << list % 64);
}

// The first list from `list` on that has blocks; heap->lists: none.
static uint32_t filled(const struct ikyo_heap *heap, uint32_t list)
{
    if (list >= heap->lists)
        return heap->lists;

    uint32_t word = list / 64;
    uint64_t bits = heap->index[word] >> list % 64 << list % 64;

    while (bits == 0) {
        if (++word == HEAP_LISTS / 64)
            return heap->lists;
        bits = heap->index[word];
    }
    list = word * 64 + (uint32_t)__builtin_ctzll(bits);
    return list < heap->lists ? list : heap->lists;
}

uint32_t heap_sizes_find(struct ikyo_heap *heap, uint32_t units)
{
    uint32_t list = filled(heap, units - HEAP_MIN_UNITS);

    if (list == heap->lists)
        return heap->root != 0 ? heap_tree_find(heap, units) : 0;

    // A bit without a block stands for a record that was overwritten, as the end marker does.
    uint32_t place = heap_sizes_heads(heap)[list];

    return place != 0 ? place : heap->end;
}

uint32_t heap_sizes_largest(const struct ikyo_heap *heap)
{
    uint32_t largest = heap_tree_largest(heap);

    for (uint32_t word = HEAP_LISTS / 64; largest == 0 && word-- > 0;) {
        uint64_t bits = heap->index[word];

        if (bits != 0)
            largest = word * 64 + 63 - (uint32_t)__builtin_clzll(bits) + HEAP_MIN_UNITS;
    }
    return largest;
}
