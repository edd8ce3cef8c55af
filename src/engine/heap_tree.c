// SPDX-License-Identifier: MIT
#include "engine/heap_tree.h"

static struct heap_node *node_at(const struct ikyo_heap *heap, uint32_t place)
{
    return heap_payload(heap, place);
}

// A sum, so that the products do not wait for each other; places make equal nodes differ.
static uint32_t seal_of(const struct heap_node *n, uint32_t place)
{
    return heap_mask(place) + n->left * 0x85EBCA6Bu + n->right * 0xC2B2AE35u +
           n->units * 0x27D4EB2Fu + n->left_largest * 0x165667B1u + n->right_largest * 0x9E3779B1u;
}

const struct heap_node *heap_tree_node(const struct ikyo_heap *heap, uint32_t place)
{
    const struct heap_node *n = node_at(heap, place);

    return n->seal == seal_of(n, place) ? n : NULL;
}

// The first stays: what is missing later may be so only because it lay below that one.
static void blame(struct ikyo_heap *heap, uint32_t place)
{
    if (heap->broken == 0)
        heap->broken = place;
}

// The node, or NULL for none and for one that was written to.
static struct heap_node *follow(struct ikyo_heap *heap, uint32_t place)
{
    if (place == 0)
        return NULL;
    if (heap_tree_node(heap, place) == NULL) {
        blame(heap, place);
        return NULL;
    }
    return node_at(heap, place);
}

static void seal(struct ikyo_heap *heap, uint32_t place)
{
    struct heap_node *n = node_at(heap, place);

    n->seal = seal_of(n, place);
}

// Only searches by address ask for the largest block of a side.
static uint32_t largest_of(struct ikyo_heap *heap, uint32_t place)
{
    const struct heap_node *n = heap_tree_by_address(heap) ? follow(heap, place) : NULL;

    return n != NULL ? heap_node_largest(n) : 0;
}

// Both end a change of a node whose child on that side may be another, once that is up to date.
static void update_left(struct ikyo_heap *heap, uint32_t place)
{
    struct heap_node *n = node_at(heap, place);

    n->left_largest = largest_of(heap, n->left);
    seal(heap, place);
}

static void update_right(struct ikyo_heap *heap, uint32_t place)
{
    struct heap_node *n = node_at(heap, place);

    n->right_largest = largest_of(heap, n->right);
    seal(heap, place);
}

uint32_t heap_tree_rank(uint32_t end)
{
    end = (end ^ end >> 16) * 0x45D9F3B5u;
    end = (end ^ end >> 15) * 0x2C1B3C6Du;
    return end ^ end >> 16;
}

bool heap_tree_precedes(const struct ikyo_heap *heap, uint32_t a, uint32_t b)
{
    if (!heap_tree_by_address(heap)) {
        uint32_t a_units = node_at(heap, a)->units, b_units = node_at(heap, b)->units;

        if (a_units != b_units)
            return a_units < b_units;
    }
    return a < b;
}

// Cuts the tree at `at` into the nodes before the block at `place` and those behind it.
static void cut(struct ikyo_heap *heap, uint32_t at, uint32_t place, uint32_t *before,
                uint32_t *behind)
{
    struct heap_node *n = follow(heap, at);

    if (n == NULL) {
        *before = *behind = 0;
        return;
    }
    if (heap_tree_precedes(heap, at, place)) {
        *before = at;
        cut(heap, n->right, place, &n->right, behind);
        update_right(heap, at);
    } else {
        *behind = at;
        cut(heap, n->left, place, before, &n->left);
        update_left(heap, at);
    }
}

// One tree of two, where all of `a` precedes all of `b`.
static uint32_t join(struct ikyo_heap *heap, uint32_t a, uint32_t b)
{
    struct heap_node *first = follow(heap, a), *second = follow(heap, b);

    if (first == NULL)
        return second != NULL ? b : 0;
    if (second == NULL)
        return a;
    if (heap_tree_rank(a + first->units) > heap_tree_rank(b + second->units)) {
        first->right = join(heap, first->right, b);
        update_right(heap, a);
        return a;
    }
    second->left = join(heap, a, second->left);
    update_left(heap, b);
    return b;
}

void heap_tree_insert(struct ikyo_heap *heap, uint32_t place)
{
    struct heap_node *fresh = node_at(heap, place), *n;
    uint32_t units = heap_units(heap, place), rank = heap_tree_rank(place + units);
    uint32_t parent = 0, *link = &heap->root;

    fresh->units = units;
    while ((n = follow(heap, *link)) != NULL && heap_tree_rank(*link + n->units) > rank) {
        bool left = heap_tree_precedes(heap, place, *link);
        uint32_t *largest = left ? &n->left_largest : &n->right_largest;

        parent = *link;
        link = left ? &n->left : &n->right;
        if (*largest < units && heap_tree_by_address(heap)) {
            *largest = units;
            seal(heap, parent);
        }
    }
    cut(heap, *link, place, &fresh->left, &fresh->right);
    fresh->left_largest = largest_of(heap, fresh->left);
    update_right(heap, place);
    *link = place;
    if (parent != 0)
        seal(heap, parent);
    heap->free_blocks++;
    heap->free_units += units;
}

// Removes `place` where nothing is known of the largest blocks: no node changes but the parent.
static void remove_by_size(struct ikyo_heap *heap, uint32_t place)
{
    uint32_t parent = 0, *link = &heap->root;
    struct heap_node *n;

    while ((n = follow(heap, *link)) != NULL && *link != place) {
        parent = *link;
        link = heap_tree_precedes(heap, place, parent) ? &n->left : &n->right;
    }
    if (n == NULL) {
        blame(heap, place);
        return;
    }
    *link = join(heap, n->left, n->right);
    if (parent != 0)
        seal(heap, parent);
}

// Removes `place` from the tree at `at` and returns what then stands there. Nodes above change
// only if they are the parent or if it was their largest.
static uint32_t removed(struct ikyo_heap *heap, uint32_t at, uint32_t place, uint32_t units)
{
    struct heap_node *n = follow(heap, at);

    if (n == NULL) {
        blame(heap, place);
        return 0;
    }
    if (at == place)
        return join(heap, n->left, n->right);

    bool left = heap_tree_precedes(heap, place, at);
    uint32_t *link = left ? &n->left : &n->right;
    uint32_t *largest = left ? &n->left_largest : &n->right_largest;
    uint32_t child = removed(heap, *link, place, units);

    if (child != *link || *largest == units) {
        *link = child;
        *largest = largest_of(heap, child);
        seal(heap, at);
    }
    return at;
}

void heap_tree_remove(struct ikyo_heap *heap, uint32_t place)
{
    uint32_t units = heap_units(heap, place);

    if (heap_tree_by_address(heap))
        heap->root = removed(heap, heap->root, place, units);
    else
        remove_by_size(heap, place);
    heap->free_blocks--;
    heap->free_units -= units;
}

// Moves the node at `from` in the tree at `at` and returns what then stands there.
static uint32_t moved(struct ikyo_heap *heap, uint32_t at, uint32_t from, uint32_t units,
                      uint32_t to)
{
    struct heap_node *n = follow(heap, at);

    if (n == NULL) {
        blame(heap, from);
        return 0;
    }
    if (at == from) {
        *node_at(heap, to) = *n;
        node_at(heap, to)->units = heap_units(heap, to);
        seal(heap, to);
        return to;
    }

    uint32_t *link = from < at ? &n->left : &n->right;
    uint32_t *largest = from < at ? &n->left_largest : &n->right_largest;
    uint32_t child = moved(heap, *link, from, units, to);

    if (child != *link || *largest == units || *largest < heap_units(heap, to)) {
        *link = child;
        *largest = largest_of(heap, child);
        seal(heap, at);
    }
    return at;
}

void heap_tree_move(struct ikyo_heap *heap, uint32_t from, uint32_t units, uint32_t to)
{
    heap->root = moved(heap, heap->root, from, units, to);
    heap->free_units += heap_units(heap, to) - units;
}

static uint32_t smallest(struct ikyo_heap *heap, uint32_t units)
{
    uint32_t found = 0;

    for (uint32_t at = heap->root; at != 0;) {
        const struct heap_node *n = follow(heap, at);

        if (n == NULL)
            return 0;
        if (n->units >= units)
            found = at;
        at = n->units >= units ? n->left : n->right;
    }
    return found;
}

// The lowest place from `from` on with so many units.
static uint32_t lowest(struct ikyo_heap *heap, uint32_t at, uint32_t from, uint32_t units)
{
    const struct heap_node *n = follow(heap, at);
    uint32_t found = 0;

    if (n == NULL)
        return 0;
    if (at > from && n->left_largest >= units)
        found = lowest(heap, n->left, from, units);
    if (found == 0 && at >= from && n->units >= units)
        found = at;
    if (found == 0 && n->right_largest >= units)
        found = lowest(heap, n->right, from, units);
    return found;
}

uint32_t heap_tree_find(struct ikyo_heap *heap, uint32_t units)
{
    uint32_t found;

    if (!heap_tree_by_address(heap))
        return smallest(heap, units);
    found = lowest(heap, heap->root, heap->cursor, units);
    return found != 0 || heap->cursor == 0 ? found : lowest(heap, heap->root, 0, units);
}

uint32_t heap_tree_largest(const struct ikyo_heap *heap)
{
    const struct heap_node *n = heap->root != 0 ? heap_tree_node(heap, heap->root) : NULL;
    const struct heap_node *right;

    if (n == NULL || heap_tree_by_address(heap))
        return n != NULL ? heap_node_largest(n) : 0;
    while (n->right != 0 && (right = heap_tree_node(heap, n->right)) != NULL)
        n = right;
    return n->units;
}
