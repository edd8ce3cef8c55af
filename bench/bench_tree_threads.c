// SPDX-License-Identifier: MIT
// Four threads build and drop binary trees, every second one that of another thread.
#include "bench_tree.h"

#include <stdatomic.h>

enum { DEPTH = 12, TREES = 800, SLOTS = 16 };

static _Atomic(struct tree *) slot[SLOTS];

static void *work(void *argument)
{
    uint64_t *random = argument;

    for (size_t i = 0; i < TREES; i++) {
        struct tree *t = tree_build(DEPTH);

        if (i % 2 == 0) {
            t = atomic_exchange(&slot[bench_below(random, SLOTS)], t);
        }
        tree_drop(t);
    }
    return NULL;
}

int main(void)
{
    uint64_t random[BENCH_THREADS] = {1, 2, 3, 4};
    double began = bench_now();

    bench_crew(work, random, BENCH_THREADS, sizeof *random);
    for (size_t i = 0; i < SLOTS; i++) {
        tree_drop(slot[i]);
    }
    return bench_report(began, (double)BENCH_THREADS * TREES * (2 << DEPTH));
}
