// SPDX-License-Identifier: MIT
// The same after each thread freed a neighbour of the others' blocks: is a shared line used again?
#include "bench_sharing.h"

enum { ROUNDS = 80, TURNS = 5000 };

static void *work(void *argument)
{
    void **given = argument;

    free(*given);
    bench_hammer(TURNS);
    return NULL;
}

int main(void)
{
    double began = bench_now();

    for (size_t round = 0; round < ROUNDS; round++) {
        void *given[BENCH_THREADS];

        for (size_t i = 0; i < BENCH_THREADS; i++) {
            given[i] = bench_take(sizeof(uint64_t));
        }
        bench_crew(work, given, BENCH_THREADS, sizeof *given);
    }
    return bench_report(began, (double)ROUNDS * BENCH_THREADS * TURNS);
}
