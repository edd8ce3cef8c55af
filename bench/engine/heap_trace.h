// SPDX-License-Identifier: MIT
// A trace of a program that works in phases, for heaps over caller memory. It is valid C++ too.
#ifndef BENCH_ENGINE_HEAP_TRACE_H
#define BENCH_ENGINE_HEAP_TRACE_H

#include "../bench.h"

enum { EVENTS = 300000, BLOCKS = 1 << 16, PHASES = 6, PAGE = 4096 };

// Event i takes a block of `size` bytes into `block`, or gives that block back if it is 0.
struct event {
    uint32_t block, size;
};

static struct event trace[EVENTS];
static void *block[BLOCKS];
static size_t most_asked; // bytes that are live at once, as asked for

// Programs work in phases: each has a size it likes, ends most of its blocks, the young ones
// first, and leaves some between those of the next.
static uint32_t some_size(size_t event, uint64_t *random)
{
    static const uint32_t likes[PHASES] = {40, 200, 24, 1000, 100, 400};
    uint32_t like = likes[event * PHASES / EVENTS];
    size_t size = bench_below(random, 3) == 0 ? bench_below(random, 2000)
                                              : like / 2 + bench_below(random, like);

    return (uint32_t)size + 1;
}

static void record(void)
{
    static uint32_t live[BLOCKS], size[BLOCKS], unused[BLOCKS];
    size_t count = 0, unused_count = BLOCKS, asked = 0;
    uint64_t random = 1;

    for (uint32_t i = 0; i < BLOCKS; i++)
        unused[i] = BLOCKS - 1 - i;
    for (size_t i = 0; i < EVENTS; i++) {
        bool grows = i * PHASES % EVENTS < EVENTS / 2;

        if (count == 0 || bench_below(&random, 100) < (grows ? 57u : 45u)) {
            trace[i].block = unused[--unused_count];
            trace[i].size = some_size(i, &random);
            live[count++] = trace[i].block;
            size[trace[i].block] = trace[i].size;
            asked += trace[i].size;
        } else {
            size_t young = bench_below(&random, 4) != 0 && count > 64 ? 64 : count;
            size_t at = count - 1 - bench_below(&random, young);

            trace[i].block = live[at];
            asked -= size[live[at]];
            unused[unused_count++] = live[at];
            live[at] = live[--count];
        }
        most_asked = asked > most_asked ? asked : most_asked;
    }
}

#endif
