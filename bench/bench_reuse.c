// SPDX-License-Identifier: MIT
// 400 MB of a thread that sleeps for ever, freed by another and taken again: the peak tells reuse.
#include "bench.h"

enum { BYTES = 400000000, MOST = 1 << 20 };

static const struct bench_sizes sizes[] = {
    {32000, 16, 256}, {30000, 257, 1024}, {3536, 1025, 4096}};

static void *block[MOST];
static size_t count;
static pthread_barrier_t filled;

static void fill(uint64_t random)
{
    for (size_t live = 0; live < BYTES && count < MOST; count++) {
        size_t size = bench_size(sizes, &random);

        block[count] = bench_take(size);
        live += size;
    }
}

static void *sleeper(void *argument)
{
    (void)argument;
    fill(1);
    pthread_barrier_wait(&filled);
    bench_sleep();
}

int main(void)
{
    double began = bench_now();
    size_t first;

    pthread_barrier_init(&filled, NULL, 2);
    pthread_detach(bench_thread(sleeper, NULL));
    pthread_barrier_wait(&filled);
    first = count;
    bench_drop(block, count);
    count = 0;
    fill(2);
    return bench_report(began, (double)first + (double)count);
}
