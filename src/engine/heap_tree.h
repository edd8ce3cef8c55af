// SPDX-License-Identifier: MIT
// Free blocks as a search tree by size, and by address among equals, that lies in their payloads.
//
// A node stands above those of lower rank, and the rank is a hash of where its block ends: the tree
// is as deep as one built in random order, and its shape depends on nothing but the set of blocks.
#ifndef ENGINE_HEAP_TREE_H
#define ENGINE_HEAP_TREE_H

#include "engine/heap_node.h"

// Of a node.
uint32_t heap_tree_rank(const struct heap_node *n, uint32_t place);

// True if the node at place a comes before the one at b.
bool heap_tree_precedes(const struct ikyo_heap *heap, uint32_t a, uint32_t b);

// The smallest block of at least `units`, of these the lowest, which stays in the tree. 0: none.
uint32_t heap_tree_find(struct ikyo_heap *heap, uint32_t units);

// Units of the largest block, as far as nodes can be followed; 0: none.
uint32_t heap_tree_largest(const struct ikyo_heap *heap);

// Enter a block of so many units, and remove one.
void heap_tree_add(struct ikyo_heap *heap, uint32_t place, uint32_t units);
void heap_tree_remove(struct ikyo_heap *heap, uint32_t place);

#endif
