// SPDX-License-Identifier: MIT
// A million live blocks, 250 MiB, replaced at random: misses of cache and TLB, and packing.
#include "bench.h"

enum { LIVE = 1000000, TURNS = 3000000 };

int main(void)
{
    static const struct bench_sizes sizes[] = {{65536, 16, 508}};
    static void *block[LIVE];
    uint64_t random = 1;
    double began = bench_now();

    bench_fill(block, LIVE, sizes, &random);
    bench_replace(block, LIVE, sizes, &random, TURNS);
    return bench_report(began, (double)LIVE + TURNS);
}
