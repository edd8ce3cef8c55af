// SPDX-License-Identifier: MIT
// Threads that make one allocation and end; others free it: what a thread costs the allocator.
#include "bench.h"

#include <stdatomic.h>

enum { ROUNDS = 1500, SLOTS = 64 };

static _Atomic(void *) slot[SLOTS];

static void *work(void *argument)
{
    uint64_t *random = argument;
    void *p = bench_touch(bench_need(calloc(1, 128)), 128);

    free(atomic_exchange(&slot[bench_below(random, SLOTS)], p));
    return NULL;
}

int main(void)
{
    uint64_t random[BENCH_THREADS] = {1, 2, 3, 4};
    double began = bench_now();

    for (size_t round = 0; round < ROUNDS; round++) {
        bench_crew(work, random, BENCH_THREADS, sizeof *random);
    }
    return bench_report(began, (double)ROUNDS * BENCH_THREADS);
}
