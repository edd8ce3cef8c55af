// SPDX-License-Identifier: MIT
// Batches of equal blocks, freed half in order of allocation and half in reverse.
#include "bench.h"

enum { ROUNDS = 40, LARGEST = 1600, BLOCKS = 400000 };

static void batch(void **block, size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++) {
        block[i] = bench_take(size);
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
    static void *block[LARGEST];
    double began = bench_now();

    for (size_t round = 0; round < ROUNDS; round++) {
        size_t count = (size_t[]){25, 100, 400, LARGEST}[round % 4];

        for (size_t done = 0; done < BLOCKS; done += count) {
            batch(block, count, 16 + round * 24);
        }
    }
    return bench_report(began, (double)ROUNDS * BLOCKS);
}
