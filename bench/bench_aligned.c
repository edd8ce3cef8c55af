// SPDX-License-Identifier: MIT
// posix_memalign and aligned_alloc to 32 to 4096 bytes, 10,000 live: speed and waste of alignment.
#include "bench.h"

enum { LIVE = 10000, TURNS = 3000000 };

// Blocks that were not aligned as asked; an allocator that gives some is measured all the same.
static size_t misaligned;

static void *take_aligned(size_t alignment, size_t size, bool posix)
{
    void *p = NULL;

    if (!posix) {
        size = (size + alignment - 1) & ~(alignment - 1);
        p = aligned_alloc(alignment, size);
    } else if (posix_memalign(&p, alignment, size) != 0) {
        p = NULL;
    }
    misaligned += ((uintptr_t)p & (alignment - 1)) != 0;
    return bench_touch(bench_need(p), size);
}

int main(void)
{
    static const struct bench_sizes sizes[] = {
        {40000, 16, 256}, {20000, 257, 1024}, {5536, 1025, 8192}};
    static void *block[LIVE];
    uint64_t random = 1;
    double began = bench_now();

    for (size_t i = 0; i < TURNS; i++) {
        void **at = block + bench_below(&random, LIVE);
        size_t alignment = (size_t)32 << bench_below(&random, 8);

        free(*at);
        *at = take_aligned(alignment, bench_size(sizes, &random), i % 2 == 0);
    }
    if (misaligned > 0) {
        fprintf(stderr, "bench: %zu blocks of %d are not aligned as asked\n", misaligned, TURNS);
    }
    return bench_report(began, TURNS);
}
