// SPDX-License-Identifier: MIT
// malloc and free of one block at a time: the hit path and nothing else.
#include "bench.h"

enum { TURNS = 40000000 };

int main(void)
{
    void *(*volatile take)(size_t) = malloc;
    void (*volatile give)(void *) = free;
    double began = bench_now();

    for (size_t i = 0; i < TURNS; i++) {
        give(take(16 + (i & 7) * 16));
    }
    return bench_report(began, TURNS);
}
