// SPDX-License-Identifier: MIT
// Traces for heaps over caller memory: what jq asked of malloc while it grouped 300 records, as
// heap_record.sh recorded and heap_record.py wrote it; and what a program in phases would ask.
// It is valid C++ too.
#ifndef BENCH_ENGINE_HEAP_TRACE_H
#define BENCH_ENGINE_HEAP_TRACE_H

#include "../bench.h"

enum { EVENTS = 300000, BLOCKS = 1 << 16, PHASES = 6 };

static const char recorded[] =
#include "heap_trace.inc"
    ;

// Event i takes a block of `size` bytes into `block`, or gives that block back if it is 0.
struct event {
    uint32_t block, size;
};

static struct event trace[EVENTS];
static void *block[BLOCKS];
static size_t events;     // of the trace
static size_t blocks;     // that it names, the first ones of `block`
static size_t half_over;  // the event by which half of `most_asked` is given back for good
static size_t most_asked; // bytes that are live at once, as asked for

static size_t number(const char **at)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t value = 0, shift = 0;; shift += 5) {
        size_t digit = (size_t)(strchr(letters, *(*at)++) - letters);

        value |= digit % 32 << shift;
        if (digit < 32)
            return value;
    }
}

static void read_recorded(void)
{
    static uint32_t sizes[BLOCKS];
    size_t asked = 0;

    most_asked = events = blocks = 0;
    for (const char *at = recorded; *at != '\0'; events++) {
        size_t value = number(&at);
        struct event *e = &trace[events];

        if (events == EVENTS || blocks == BLOCKS)
            bench_die("the recorded trace is too long");
        if (value % 2 == 0) {
            // A block of no bytes would read as one given back.
            e->size = value == 0 ? 1 : (uint32_t)(value / 2);
            e->block = (uint32_t)blocks;
            sizes[blocks++] = e->size;
            asked += e->size;
        } else {
            e->size = 0;
            e->block = (uint32_t)(blocks - 1 - value / 2);
            asked -= sizes[e->block];
        }
        most_asked = asked > most_asked ? asked : most_asked;
        half_over = asked > most_asked / 2 ? events + 1 : half_over;
    }
}

// Programs work in phases: each has a size it likes, ends most of its blocks, the young ones
// first, and leaves some between those of the next.
static inline uint32_t some_size(size_t event, uint64_t *random)
{
    static const uint32_t likes[PHASES] = {40, 200, 24, 1000, 100, 400};
    uint32_t like = likes[event * PHASES / EVENTS];
    size_t size = bench_below(random, 3) == 0 ? bench_below(random, 2000)
                                              : like / 2 + bench_below(random, like);

    return (uint32_t)size + 1;
}

static inline void make_phases(void)
{
    static uint32_t live[BLOCKS], size[BLOCKS], unused[BLOCKS];
    size_t count = 0, unused_count = BLOCKS, asked = 0;
    uint64_t random = 1;

    most_asked = 0;
    events = half_over = EVENTS;
    blocks = BLOCKS;
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
            trace[i].size = 0;
            asked -= size[live[at]];
            unused[unused_count++] = live[at];
            live[at] = live[--count];
        }
        most_asked = asked > most_asked ? asked : most_asked;
    }
}

#endif
