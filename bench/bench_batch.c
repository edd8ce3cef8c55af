// SPDX-License-Identifier: MIT
// Batches of 25 to 1600 equal blocks, written, freed half in order and half in reverse: refills.
#include "bench.h"

enum { ROUNDS = 40, LARGEST = 1600, BLOCKS = 400000 };

static void batch(void **block, size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++) {
        block[i] = memset(bench_need(malloc(size)), 1, size);
    }
    for (size_t i = 0; i < count / 2; i++) {
        free(block[i]);
    }
    for (size_t i = count; i-- > count / 2;) {
        free(block[i]);
    }
}

int main(void)
{
    static const size_t counts[] = {25, 100, 400, LARGEST};
    static void *block[LARGEST];
    double began = bench_now();

    for (size_t round = 0; round < ROUNDS; round++) {
        size_t count = counts[round % 4];

        for (size_t done = 0; done < BLOCKS; done += count) {
            batch(block, count, 16 + round * 12);
        }
    }
    return bench_report(began, (double)ROUNDS * BLOCKS);
}
