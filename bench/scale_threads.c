// SPDX-License-Identifier: MIT
// The same work spread over more and more threads, an eighth of the blocks freed by another one.
// axis: threads 1 2 4 8 16 32 64
#include "bench.h"

#include <stdatomic.h>

enum { LIVE = 1000, TURNS = 9600000, SLOTS = 256 };

struct worker {
    void *block[LIVE];
    uint64_t random;
    size_t turns;
};

static _Atomic(void *) slot[SLOTS];

static void *work(void *argument)
{
    static const struct bench_sizes sizes[] = {
        {50000, 16, 128}, {14000, 129, 512}, {1536, 513, 4096}};
    struct worker *w = argument;

    for (size_t i = 0; i < w->turns; i++) {
        void **at = w->block + bench_below(&w->random, LIVE);

        if (i % 8 == 0) {
            *at = atomic_exchange(&slot[bench_below(&w->random, SLOTS)], *at);
        }
        free(*at);
        *at = bench_take(bench_size(sizes, &w->random));
    }
    bench_drop(w->block, LIVE);
    return NULL;
}

int main(int argc, char **argv)
{
    size_t threads = bench_argument(argc, argv);
    struct worker *workers = bench_need(calloc(threads, sizeof *workers));
    double began = bench_now();

    for (size_t i = 0; i < threads; i++) {
        workers[i].random = i + 1;
        workers[i].turns = TURNS / threads;
    }
    bench_crew(work, workers, threads, sizeof *workers);
    free(workers);
    return bench_report(began, TURNS);
}
