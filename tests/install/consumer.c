// SPDX-License-Identifier: MIT
// A program that uses the installed library. Its malloc must be ours and not the C library's, so a
// block of it must appear in our statistics. It prints the version of the library that it met.
#include <ikyoalloc/ikyoalloc.h>
#include <ikyoalloc/stats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t live_blocks(void)
{
    struct ikyo_stats stats;

    if (!ikyo_stats_get(&stats, sizeof stats)) {
        exit(1);
    }
    return stats.live_blocks;
}

int main(void)
{
    enum { COUNT = 1000 };
    static void *blocks[COUNT];
    uint64_t before = live_blocks();

    for (int i = 0; i < COUNT; i++) {
        blocks[i] = malloc(100);
        if (blocks[i] == NULL) {
            return 2;
        }
        memset(blocks[i], i, 100);
    }
    if (live_blocks() < before + COUNT) {
        fputs("malloc is not the library's\n", stderr);
        return 3;
    }
    for (int i = 0; i < COUNT; i++) {
        free(blocks[i]);
    }
    puts(ikyo_version());
    return 0;
}
