// SPDX-License-Identifier: MIT
// malloc and free of one block of 32 bytes at a time: the hit path and nothing else.
#include "bench.h"

enum { TURNS = 60000000 };

int main(void)
{
    double began = bench_now();

    for (size_t i = 0; i < TURNS; i++) {
        free(bench_take(32));
    }
    return bench_report(began, TURNS);
}
