// SPDX-License-Identifier: MIT
// Blocks replaced at random in a heap of so many MiB: does an operation cost more in a large heap?
// axis: live 1 4 16 64 256 1024 4096 8192
#include "bench.h"

enum { SETTLE = 200000, TURNS = 1000000, MEAN = 1000 };

int main(int argc, char **argv)
{
    static const struct bench_sizes sizes[] = {
        {40000, 16, 256}, {17536, 257, 2048}, {8000, 2049, 8192}};
    static void **block;
    size_t count = bench_argument(argc, argv) * BENCH_MIB / MEAN;
    uint64_t random = 1;
    double began;

    block = bench_need(malloc(count * sizeof *block));
    bench_fill(block, count, sizes, &random);
    bench_replace(block, count, sizes, &random, SETTLE);
    began = bench_now();
    bench_replace(block, count, sizes, &random, TURNS);
    return bench_report(began, TURNS);
}
