// SPDX-License-Identifier: MIT
// Three threads allocate 16 B to 4 KiB, a fourth frees it all: remote frees of mixed sizes.
#include "bench_produce.h"

int main(void)
{
    static const struct bench_sizes sizes[] = {
        {40000, 16, 256}, {20000, 257, 1024}, {5536, 1025, 4096}};

    return bench_produce(3, sizes, 24000);
}
