// SPDX-License-Identifier: MIT
// 4,000 live blocks of 16 to 128 bytes, replaced at random: the hit path with all in cache.
#include "bench.h"

int main(void)
{
    return bench_random_live(4000, 16, 128, 30000000);
}
