// SPDX-License-Identifier: MIT
// Phases of other sizes each, with a tenth of the blocks before left over: is what was free reused?
#include "bench.h"

enum { PHASES = 8, LIVE = 64 * BENCH_MIB, MOST = 1 << 20 };

// Each block holds its size, so that the program itself needs one pointer a block and no more.
static size_t *block[MOST];
static size_t count, live;

static void fill(const struct bench_sizes *sizes, uint64_t *random)
{
    while (live < LIVE && count < MOST) {
        size_t size = bench_size(sizes, random);

        block[count] = bench_take(size);
        *block[count++] = size;
        live += size;
    }
}

static void thin(uint64_t *random)
{
    for (size_t left = count / 10; count > left;) {
        size_t at = bench_below(random, count);

        live -= *block[at];
        free(block[at]);
        block[at] = block[--count];
    }
}

int main(void)
{
    static const struct bench_sizes sizes[PHASES] = {
        {65536, 48, 128},     {65536, 100, 300},     {65536, 500, 1500}, {65536, 2000, 6000},
        {65536, 8000, 24000}, {65536, 33000, 99000}, {65536, 300, 900},  {65536, 24, 200}};
    uint64_t random = 1;
    size_t taken = 0;
    double began = bench_now();

    for (size_t phase = 0; phase < PHASES; phase++) {
        taken -= count;
        fill(&sizes[phase], &random);
        taken += count;
        thin(&random);
    }
    return bench_report(began, (double)taken);
}
