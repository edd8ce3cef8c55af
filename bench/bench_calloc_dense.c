// SPDX-License-Identifier: MIT
// calloc of 16 B to 16 KiB, 20,000 live, all of it used: the cost of clearing.
#include "bench.h"

enum { LIVE = 20000, TURNS = 1500000 };

int main(void)
{
    static const struct bench_sizes sizes[] = {
        {50000, 16, 256}, {12000, 257, 2048}, {3536, 2049, 16384}};
    static unsigned char *block[LIVE];
    uint64_t random = 1;
    double began = bench_now();

    for (size_t i = 0; i < TURNS; i++) {
        size_t size = bench_size(sizes, &random);
        unsigned char **at = block + bench_below(&random, LIVE);

        free(*at);
        *at = bench_need(calloc(1, size));
        if ((*at)[size - 1] != 0) {
            bench_die("calloc gave a block that is not zero");
        }
        memset(*at, 1, size);
    }
    return bench_report(began, TURNS);
}
