// SPDX-License-Identifier: MIT
// Two threads allocate 64 bytes at a time, two others free them: remote frees and nothing else.
#include "bench_produce.h"

int main(void)
{
    static const struct bench_sizes sizes[] = {{65536, 64, 64}};

    return bench_produce(2, sizes, 60000);
}
