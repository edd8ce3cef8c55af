// SPDX-License-Identifier: MIT
// What lies in the payload of every free block of a heap: its links, if its index has any, sealed.
//
// A node that an application wrote to is never followed: it counts as absent, and heap_blame has
// been told.
#ifndef ENGINE_HEAP_NODE_H
#define ENGINE_HEAP_NODE_H

#include "engine/heap_fault.h"
#include "engine/heap_tag.h"

struct heap_node {
    uint32_t left, right; // places or 0; in a list the next one and the one in front of it
    uint32_t units;
    uint32_t seal;
};

static_assert(sizeof(struct heap_node) <= HEAP_MIN_UNITS * HEAP_UNIT - sizeof(struct heap_tag),
              "every free block holds a node");

static inline struct heap_node *heap_node_at(const struct ikyo_heap *heap, uint32_t place)
{
    return heap_payload(heap, place);
}

static const uint32_t heap_left_weight = 0x85EBCA6B, heap_right_weight = 0xC2B2AE35;

// A sum, so that the products do not wait for each other; places make equal nodes differ.
static inline uint32_t heap_node_seal(const struct heap_node *n, uint32_t place)
{
    return heap_mask(place) + n->left * heap_left_weight + n->right * heap_right_weight +
           n->units * 0x27D4EB2Fu;
}

static inline void heap_seal(struct ikyo_heap *heap, uint32_t place)
{
    struct heap_node *n = heap_node_at(heap, place);

    n->seal = heap_node_seal(n, place);
}

// Both change a link of a node that is sealed, and stays so.
static inline void heap_set_left(struct heap_node *n, uint32_t left)
{
    n->seal += (left - n->left) * heap_left_weight;
    n->left = left;
}

static inline void heap_set_right(struct heap_node *n, uint32_t right)
{
    n->seal += (right - n->right) * heap_right_weight;
    n->right = right;
}

// The node at a place that may be any. NULL: it was written to, or no node is there.
static inline struct heap_node *heap_node(const struct ikyo_heap *heap, uint32_t place)
{
    struct heap_node *n = heap_node_at(heap, place);

    return heap_holds(heap, place) && n->seal == heap_node_seal(n, place) ? n : NULL;
}

// The node that a link other than 0 leads to; NULL, and it is blamed, as with heap_node.
static inline struct heap_node *heap_follow(struct ikyo_heap *heap, uint32_t place)
{
    struct heap_node *n = heap_node(heap, place);

    if (n != NULL)
        return n;
    heap_blame(heap, place);
    return NULL;
}

#endif
