// SPDX-License-Identifier: MIT
// Four threads with 1024 blocks each, of 4 B to 32 KiB: medium sizes in several threads at once.
#include "bench.h"

enum { LIVE = 1024, TURNS = 5000000 };

struct worker {
    void *block[LIVE];
    uint64_t random;
};

// The probability of a size falls with its square.
static size_t size_of(uint64_t r)
{
    size_t size = (size_t)(4.0 / (((double)(r & 0xFFFFFF) + 1) / 0x1000000));

    return size < 32768 ? size : 32768;
}

static void *work(void *argument)
{
    struct worker *w = argument;

    for (size_t i = 0; i < TURNS; i++) {
        void **at = w->block + bench_below(&w->random, LIVE);

        free(*at);
        *at = bench_take(size_of(bench_random(&w->random)));
    }
    bench_drop(w->block, LIVE);
    return NULL;
}

int main(void)
{
    static struct worker workers[BENCH_THREADS];
    double began = bench_now();

    for (size_t i = 0; i < BENCH_THREADS; i++) {
        workers[i].random = i + 1;
    }
    bench_crew(work, workers, BENCH_THREADS, sizeof *workers);
    return bench_report(began, (double)BENCH_THREADS * TURNS);
}
