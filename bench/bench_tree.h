// SPDX-License-Identifier: MIT
// Binary trees with a block of 32 bytes for each node.
#ifndef BENCH_TREE_H
#define BENCH_TREE_H

#include "bench.h"

struct tree {
    struct tree *left, *right;
    uint64_t payload[2];
};

// A full tree of 2^(depth + 1) - 1 nodes.
static inline struct tree *tree_build(size_t depth)
{
    struct tree *t = (struct tree *)bench_need(malloc(sizeof *t));

    t->payload[0] = t->payload[1] = depth;
    t->left = depth > 0 ? tree_build(depth - 1) : NULL;
    t->right = depth > 0 ? tree_build(depth - 1) : NULL;
    return t;
}

static inline void tree_drop(struct tree *t)
{
    if (t != NULL) {
        tree_drop(t->left);
        tree_drop(t->right);
        free(t);
    }
}

#endif
