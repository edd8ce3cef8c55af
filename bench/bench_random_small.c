// SPDX-License-Identifier: MIT
// 4,000 live blocks of 16 to 128 bytes, replaced at random: the hit path with all in cache.
#include "bench.h"

enum { LIVE = 4000, TURNS = 30000000 };

int main(void)
{
    static const struct bench_sizes sizes[] = {{65536, 16, 128}};
    static void *block[LIVE];
    uint64_t random = 1;
    double began = bench_now();

    bench_fill(block, LIVE, sizes, &random);
    bench_replace(block, LIVE, sizes, &random, TURNS);
    return bench_report(began, (double)LIVE + TURNS);
}
