// SPDX-License-Identifier: MIT
// Blocks of 1 to 8 MiB, 20 live, every page written: page faults decide.
#include "bench.h"

enum { LIVE = 20, TURNS = 4000, PAGE = 4096, MIB = 1024 * 1024 };

int main(void)
{
    static unsigned char *block[LIVE];
    uint64_t random = 1;
    double began = bench_now();

    for (size_t i = 0; i < TURNS; i++) {
        uint64_t r = bench_random(&random);
        size_t at = r % LIVE;
        size_t size = MIB + (r >> 16) % (7 * MIB);

        free(block[at]);
        block[at] = bench_take(size);
        for (size_t page = 0; page < size; page += PAGE) {
            block[at][page] = 1;
        }
    }
    return bench_report(began, TURNS);
}
