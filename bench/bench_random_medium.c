// SPDX-License-Identifier: MIT
// 100,000 live blocks of 16 to 512 bytes, replaced at random: cache misses decide.
#include "bench.h"

int main(void)
{
    return bench_random_live(100000, 16, 512, 8000000);
}
