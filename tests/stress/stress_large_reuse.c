// SPDX-License-Identifier: MIT
// 10,000 blocks of 1 to 4 MiB with 20 of them live, every page written. Prints the two figures
// that tests/preload/limits.sh compares with the C library's: minor faults and peak memory.
#include "stress.h"

enum { TOTAL = 10000, LIVE = 20 };

int main(void)
{
    static unsigned char *block[LIVE];
    static size_t size[LIVE];
    uint64_t random = 42;
    long faults = 0;
    double began = 0;

    stress_start("large_reuse");
    began = stress_now();
    faults = stress_minor_faults();
    for (size_t i = 0; i < TOTAL; i++) {
        size_t at = stress_random(&random) % LIVE;

        if (block[at] != NULL) {
            stress_expect(block[at][0] == (unsigned char)at, "the first page kept its mark");
            stress_expect(block[at][size[at] - 1] == (unsigned char)at, "and so did the last");
            free(block[at]);
        }
        size[at] = STRESS_MIB + stress_random(&random) % (3 * STRESS_MIB);
        block[at] = malloc(size[at]);
        stress_expect(block[at] != NULL, "malloc");
        for (size_t page = 0; page < size[at]; page += STRESS_PAGE) {
            block[at][page] = (unsigned char)at;
        }
        block[at][size[at] - 1] = (unsigned char)at;
    }
    faults = stress_minor_faults() - faults;
    printf("minor faults %ld\npeak KiB %zu\nseconds %.2f\n", faults, stress_peak_rss() / STRESS_KIB,
           stress_now() - began);
    for (size_t at = 0; at < LIVE; at++) {
        free(block[at]);
    }
    return 0;
}
