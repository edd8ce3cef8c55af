// SPDX-License-Identifier: MIT
// The sizes of real programs up to 1 MiB, with short, middling and long lives: a bit of everything.
#include "bench.h"

enum { SHORT = 16, MIDDLING = 4000, LONG = 60000, TURNS = 8000000 };

int main(void)
{
    static void *of_short[SHORT], *of_middling[MIDDLING], *of_long[LONG];
    uint64_t random = 1;
    double began = bench_now();

    for (size_t i = 0; i < TURNS; i++) {
        size_t kind = bench_below(&random, 16);
        void **at = kind < 10   ? &of_short[i % SHORT]
                    : kind < 14 ? &of_middling[bench_below(&random, MIDDLING)]
                                : &of_long[bench_below(&random, LONG)];

        free(*at);
        *at = bench_take(bench_size(bench_program_sizes, &random));
    }
    return bench_report(began, TURNS);
}
