// SPDX-License-Identifier: MIT
// Threads with blocks of 4 B to 32 KiB, small ones far more often, 1024 live in each.
#include "bench.h"

enum { THREADS = 2, LIVE = 1024, TURNS = 6000000 };

// The probability of a size falls with its square.
static size_t size_of(uint64_t r)
{
    size_t size = (size_t)(4.0 / (((double)(r & 0xFFFFFF) + 1) / 0x1000000));

    return size < 32768 ? size : 32768;
}

static void *replace_blocks(void *argument)
{
    void *block[LIVE] = {NULL};
    uint64_t random = (uintptr_t)argument;

    for (size_t i = 0; i < TURNS; i++) {
        uint64_t r = bench_random(&random);
        size_t at = (r >> 32) % LIVE;

        free(block[at]);
        block[at] = bench_take(size_of(r));
    }
    for (size_t at = 0; at < LIVE; at++) {
        free(block[at]);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    double began = bench_now();

    for (size_t i = 0; i < THREADS; i++) {
        threads[i] = bench_thread(replace_blocks, (void *)(i + 1));
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    return bench_report(began, (double)THREADS * TURNS);
}
