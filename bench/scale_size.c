// SPDX-License-Identifier: MIT
// Blocks of about one size, its first and last byte written: does a block cost more when larger?
// axis: size 8 32 128 512 2048 8192 32768 131072 524288 2097152 8388608 33554432 67108864
#include "bench.h"

enum { MOST = 1000, LEAST = 4, LIVE = 64 * BENCH_MIB, MOST_TURNS = 10000000, LEAST_TURNS = 40000 };

int main(int argc, char **argv)
{
    static unsigned char *block[MOST];
    size_t size = bench_argument(argc, argv);
    size_t live = LIVE / size < LEAST ? LEAST : LIVE / size > MOST ? MOST : LIVE / size;
    size_t turns = MOST_TURNS / (1 + size / BENCH_PAGE) + LEAST_TURNS;
    uint64_t random = 1;
    double began = bench_now();

    for (size_t i = 0; i < turns; i++) {
        unsigned char **at = block + bench_below(&random, live);
        size_t exact = size - bench_below(&random, size / 8 + 1);

        free(*at);
        *at = bench_need(malloc(exact));
        (*at)[0] = 1;
        (*at)[exact - 1] = 1;
    }
    return bench_report(began, (double)turns);
}
