// SPDX-License-Identifier: MIT
// A million live blocks, 250 MiB, replaced at random: misses of cache and TLB, and packing.
#include "bench.h"

int main(void)
{
    return bench_random_live(1000000, 16, 508, 3000000);
}
