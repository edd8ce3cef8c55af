// SPDX-License-Identifier: MIT
// A thread that writes to its own small blocks, over and over. It is slow when the allocator put a
// block of another thread into the same cache line.
#ifndef BENCH_SHARING_H
#define BENCH_SHARING_H

#include "bench.h"

enum { WRITES = 500 };

static inline void bench_hammer(size_t turns)
{
    for (size_t i = 0; i < turns; i++) {
        volatile uint64_t *cell = (volatile uint64_t *)bench_take(sizeof *cell);

        for (size_t n = 0; n < WRITES; n++) {
            *cell = *cell + 1;
        }
        free((void *)cell);
    }
}

#endif
