// SPDX-License-Identifier: MIT
// Four threads take 8 bytes, write them 500 times and free them: do threads get lines of their own?
#include "bench_sharing.h"

enum { TURNS = 400000 };

static void *work(void *argument)
{
    (void)argument;
    bench_hammer(TURNS);
    return NULL;
}

int main(void)
{
    char workers[BENCH_THREADS];
    double began = bench_now();

    bench_crew(work, workers, BENCH_THREADS, sizeof *workers);
    return bench_report(began, (double)BENCH_THREADS * TURNS);
}
