// SPDX-License-Identifier: MIT
// One thread works while so many others sleep that have allocated and freed: what they hold back.
// axis: idle 1 10 100 1000
#include "bench.h"

enum { LIVE = 4000, TURNS = 4000000, EACH = 1000 };

static const struct bench_sizes sizes[] = {{60000, 16, 512}, {5000, 513, 4096}, {536, 4097, 32768}};
static pthread_barrier_t idle;

static void *sleeper(void *argument)
{
    void *block[EACH];
    uint64_t random = (uintptr_t)argument;

    bench_fill(block, EACH, sizes, &random);
    bench_drop(block, EACH);
    pthread_barrier_wait(&idle);
    bench_sleep();
}

int main(int argc, char **argv)
{
    static void *block[LIVE];
    size_t threads = bench_argument(argc, argv);
    uint64_t random = 1;
    double began;

    pthread_barrier_init(&idle, NULL, (unsigned)threads + 1);
    for (size_t i = 0; i < threads; i++) {
        pthread_detach(bench_thread(sleeper, (void *)(i + 1)));
    }
    pthread_barrier_wait(&idle);
    began = bench_now();
    bench_fill(block, LIVE, sizes, &random);
    bench_replace(block, LIVE, sizes, &random, TURNS);
    return bench_report(began, (double)LIVE + TURNS);
}
