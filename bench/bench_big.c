// SPDX-License-Identifier: MIT
// Blocks of 1 to 4 MiB, 20 live, every page written: is memory at hand given again?
#include "bench.h"

enum { LIVE = 20, TURNS = 8000 };

int main(void)
{
    static const struct bench_sizes sizes[] = {{65536, BENCH_MIB, 4 * BENCH_MIB}};
    static void *block[LIVE];
    uint64_t random = 1;
    double began = bench_now();

    bench_replace(block, LIVE, sizes, &random, TURNS);
    return bench_report(began, TURNS);
}
