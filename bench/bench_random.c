// SPDX-License-Identifier: MIT
// 100,000 live blocks of 16 to 512 bytes, one replaced at random each time: cache misses decide.
#include "bench.h"

enum { LIVE = 100000, TURNS = 12000000 };

int main(void)
{
    static void *block[LIVE];
    uint64_t random = 1;
    double began = bench_now();

    for (size_t i = 0; i < TURNS; i++) {
        uint64_t r = bench_random(&random);
        size_t at = r % LIVE;

        free(block[at]);
        block[at] = bench_take(16 + (r >> 32) % 497);
    }
    return bench_report(began, TURNS);
}
