// SPDX-License-Identifier: MIT
// The free blocks of a heap as a search tree that lies in their payloads.
//
// The order is that of the fit: by size and address for best fit, else by address; then each node
// knows the largest block on both sides of it, so that none is touched to find that it is too
// small. A node stands above those of lower rank, and the rank is a hash of where its block ends:
// the tree is as deep as one built in random order, and its shape depends on nothing but the set of
// free blocks. So it can be built anew from the tags at any time, and by address a block that loses
// or gains at its start stays where it is in the tree.
//
// Each node is sealed. One that an application wrote to is never followed: it counts as absent,
// heap->broken names the first, and the caller is to call heap_mend before he returns.
#ifndef ENGINE_HEAP_TREE_H
#define ENGINE_HEAP_TREE_H

#include "engine/heap_tag.h"

struct heap_node {
    uint32_t left, right; // places or 0
    uint32_t units;
    uint32_t left_largest, right_largest; // units of the largest block of each side, if by address
    uint32_t seal;
};

static_assert(sizeof(struct heap_node) <= HEAP_MIN_UNITS * HEAP_UNIT - sizeof(struct heap_tag),
              "every free block holds a node");

static inline bool heap_tree_by_address(const struct ikyo_heap *heap)
{
    return heap->fit != IKYO_HEAP_BEST_FIT;
}

// Units of the largest block from a node down, where the order is by address.
static inline uint32_t heap_node_largest(const struct heap_node *n)
{
    uint32_t below = n->left_largest > n->right_largest ? n->left_largest : n->right_largest;

    return n->units > below ? n->units : below;
}

// The node at a place that a parent or heap->root named. NULL: it was written to.
const struct heap_node *heap_tree_node(const struct ikyo_heap *heap, uint32_t place);

// Units of the largest block of all, as far as nodes can be followed; 0: none.
uint32_t heap_tree_largest(const struct ikyo_heap *heap);

// Of the block that ends at a place.
uint32_t heap_tree_rank(uint32_t end);

// True if the node at place a comes before the one at b.
bool heap_tree_precedes(const struct ikyo_heap *heap, uint32_t a, uint32_t b);

// The block of at least `units` that the fit chooses, which stays in the tree. 0: none.
uint32_t heap_tree_find(struct ikyo_heap *heap, uint32_t units);

// Enter and remove the block at a place, whose tag says its size.
void heap_tree_insert(struct ikyo_heap *heap, uint32_t place);
void heap_tree_remove(struct ikyo_heap *heap, uint32_t place);

// By address only: the block of `units` at `from` starts at `to` now, where its tag says its size,
// and ends where it did.
void heap_tree_move(struct ikyo_heap *heap, uint32_t from, uint32_t units, uint32_t to);

#endif
