// SPDX-License-Identifier: MIT
// Blocks of 5 to 25 MiB, 20 live, filled, the next taken before one is freed: page faults decide.
#include "bench.h"

enum { LIVE = 20, TURNS = 200 };

int main(void)
{
    static void *block[LIVE];
    uint64_t random = 1;
    double began = bench_now();

    for (size_t i = 0; i < TURNS; i++) {
        size_t size = 5 * BENCH_MIB + bench_below(&random, 20 * BENCH_MIB);
        void *p = memset(bench_need(malloc(size)), 1, size);
        void **at = block + bench_below(&random, LIVE);

        free(*at);
        *at = p;
    }
    return bench_report(began, TURNS);
}
