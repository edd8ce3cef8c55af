// SPDX-License-Identifier: MIT
// calloc of 256 KiB to 8 MiB, 16 live, eight pages used of each: what is known to be zero.
#include "bench.h"

enum { LIVE = 16, TURNS = 2000, USED = 8 };

int main(void)
{
    static unsigned char *block[LIVE];
    uint64_t random = 1;
    double began = bench_now();

    for (size_t i = 0; i < TURNS; i++) {
        size_t size = BENCH_MIB / 4 + bench_below(&random, 8 * BENCH_MIB);
        unsigned char **at = block + bench_below(&random, LIVE);

        free(*at);
        *at = bench_need(calloc(size / 8, 8));
        for (size_t n = 0; n < USED; n++) {
            (*at)[bench_below(&random, size / 8 * 8)]++;
        }
    }
    return bench_report(began, TURNS);
}
