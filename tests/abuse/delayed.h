// SPDX-License-Identifier: MIT
// A double free with other traffic in between, for a given size of block.
//
// A block can be told to be free until its address is handed out again. The traffic may reuse the
// memory of some victims, so the misuse takes one that no live block covers.
#ifndef TESTS_ABUSE_DELAYED_H
#define TESTS_ABUSE_DELAYED_H

#include "expect.h"

enum { DELAYED_VICTIMS = 12, DELAYED_REUSED = 3, DELAYED_SMALL = 400 };

struct delayed_block {
    char *start;
    size_t size;
};

static inline struct delayed_block delayed_allocate(size_t size)
{
    struct delayed_block block = { call.malloc(size), size };

    if (block.start == NULL)
        _exit(2);
    return block;
}

static inline bool delayed_covers(const struct delayed_block *live, size_t count, const char *p)
{
    for (size_t i = 0; i < count; i++) {
        if (p >= live[i].start && p < live[i].start + live[i].size)
            return true;
    }
    return false;
}

// The small sizes are in use before the victims are freed, so that no victim's pages need to be
// cut into small blocks, whose earlier double frees are not promised to be seen.
static inline void delayed_small_traffic(char **small)
{
    for (size_t i = 0; i < DELAYED_SMALL; i++) {
        call.free(small[i]);
        small[i] = call.malloc(i % 40 * 16 + 1);
        if (small[i] == NULL)
            _exit(2);
    }
}

static inline void delayed_double_free(size_t size)
{
    static char *small[DELAYED_SMALL];
    struct delayed_block victims[DELAYED_VICTIMS];
    struct delayed_block live[DELAYED_REUSED];

    delayed_small_traffic(small);
    for (size_t i = 0; i < DELAYED_VICTIMS; i++)
        victims[i] = delayed_allocate(size);
    for (size_t i = 0; i < DELAYED_VICTIMS; i++)
        call.free(victims[i].start);
    for (size_t i = 0; i < DELAYED_REUSED; i++)
        live[i] = delayed_allocate(size);
    delayed_small_traffic(small);
    for (size_t i = 0; i < DELAYED_VICTIMS; i++) {
        if (!delayed_covers(live, DELAYED_REUSED, victims[i].start)) {
            call.free(blame(victims[i].start));
            return;
        }
    }
    _exit(3);
}

#endif
