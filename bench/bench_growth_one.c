// SPDX-License-Identifier: MIT
// One block grown by realloc in steps of 1 MiB to 128 MiB, and written: is anything copied?
#include "bench.h"

enum { STEPS = 128 };

int main(void)
{
    unsigned char *p = NULL;
    double began = bench_now();

    for (size_t i = 0; i < STEPS; i++) {
        p = bench_need(realloc(p, (i + 1) * BENCH_MIB));
        bench_touch(p + i * BENCH_MIB, BENCH_MIB);
    }
    free(p);
    return bench_report(began, STEPS);
}
