// SPDX-License-Identifier: MIT
// Usage: simulate TRACE. Prints a line for each table of classes and each unit: table, unit in KiB,
// peaks of the heap and of its slabs in KiB, KiB lost to rounding at the latter, slabs created.
#include "model.h"

#include <stdio.h>

// Rounded up, so that a ratio to it can always be had.
static size_t kib(size_t bytes)
{
    return (bytes + 1023) / 1024;
}

int main(int argc, char **argv)
{
    struct trace trace;

    if (argc != 2) {
        fprintf(stderr, "usage: simulate TRACE\n");
        return 2;
    }
    trace = trace_load(argv[1]);
    fprintf(stderr, "%zu events, at most %zu blocks\n", trace.count, trace.blocks);
    for (unsigned table = 0; table < TABLES; table++) {
        struct classes classes = classes_make(table);

        for (size_t unit = 16384; unit <= 65536; unit *= 2) {
            struct figures f = model_run(&trace, &classes, unit);

            printf("%s %zu %zu %zu %zu %zu\n", classes.name, unit / 1024, kib(f.heap_peak),
                   kib(f.slabs_peak), kib(f.lost), f.slabs);
        }
    }
    return 0;
}
