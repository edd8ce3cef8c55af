// SPDX-License-Identifier: MIT
// Binary trees of 4 to 16 levels built and dropped beside one that stays: nodes in depth-first
// order.
#include "bench_tree.h"

enum { STAYS = 18, SHALLOWEST = 4, DEEPEST = 16, ROUNDS = 30 };

int main(void)
{
    double began = bench_now();
    struct tree *stays = tree_build(STAYS);
    double nodes = (double)(1 << STAYS) * 2;

    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t depth = SHALLOWEST; depth <= DEEPEST; depth += 2) {
            for (size_t n = (size_t)1 << (DEEPEST - depth); n-- > 0;) {
                tree_drop(tree_build(depth));
            }
            nodes += (double)(1 << DEEPEST) * 2;
        }
    }
    tree_drop(stays);
    return bench_report(began, nodes);
}
