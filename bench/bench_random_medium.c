// SPDX-License-Identifier: MIT
// 100,000 live blocks of 16 to 512 bytes, replaced at random: cache misses decide.
#include "bench.h"

enum { LIVE = 100000, TURNS = 8000000 };

int main(void)
{
    static const struct bench_sizes sizes[] = {{65536, 16, 512}};
    static void *block[LIVE];
    uint64_t random = 1;
    double began = bench_now();

    bench_fill(block, LIVE, sizes, &random);
    bench_replace(block, LIVE, sizes, &random, TURNS);
    return bench_report(began, (double)LIVE + TURNS);
}
