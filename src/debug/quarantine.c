// SPDX-License-Identifier: MIT
#include "debug/quarantine.h"

#include "base/check.h"
#include "vm/meta.h"

#include <stdint.h>

enum {
    MEAN_BYTES = 128,   // places are made for blocks of this size
    PLACES_LEAST = 64,
    WEIGHTS = 16,       // blocks without memory at least, and what their bytes count
    RANDOM_DEPTH = 16,  // the next to leave is one of so many, a power of two
    LARGEST_PART = 2,   // of all bytes, what one block may take
};

struct held {
    void *p;
    size_t bytes;
};

struct quarantine {
    uint32_t first, count;
    uint32_t random;
    size_t bytes;
    struct held places[]; // a ring
};

static size_t limit;     // fixed at start
static uint32_t mask;    // fixed at start: places, a power of two, less 1

void quarantine_init(size_t bytes)
{
    uint32_t places = PLACES_LEAST;

    while ((size_t)places * MEAN_BYTES < bytes && places < UINT32_MAX / 2)
        places *= 2;
    limit = bytes;
    mask = places - 1;
}

static struct quarantine *quarantine_of(struct thread_cache *t)
{
    if (t->quarantine == NULL)
        t->quarantine =
            meta_take(sizeof(struct quarantine) + ((size_t)mask + 1) * sizeof(struct held));
    return t->quarantine;
}

size_t quarantine_weight(size_t bytes)
{
    size_t most = limit / WEIGHTS;

    return bytes / WEIGHTS < most ? bytes / WEIGHTS : most;
}

bool quarantine_push(struct thread_cache *t, void *p, size_t bytes)
{
    struct quarantine *q;

    if (bytes > limit / LARGEST_PART)
        return false;
    q = quarantine_of(t);
    if (q == NULL)
        return false;
    assert(q->count <= mask); // quarantine_pop is called after each push
    q->places[(q->first + q->count) & mask] = (struct held){p, bytes};
    q->count++;
    q->bytes += bytes;
    return true;
}

// One of the oldest changes places with the very oldest.
static struct held take_some(struct quarantine *q)
{
    uint32_t among = q->count < RANDOM_DEPTH ? 1 : RANDOM_DEPTH;
    struct held *oldest = &q->places[q->first & mask];
    struct held *chosen;
    struct held taken;

    q->random = q->random * 1664525u + 1013904223u + (uint32_t)((uintptr_t)oldest->p >> 4);
    chosen = &q->places[(q->first + (q->random >> 16 & (among - 1))) & mask];
    taken = *chosen;
    *chosen = *oldest;
    *oldest = (struct held){NULL, 0}; // or a search for pointers would find it here
    q->first++;
    q->count--;
    q->bytes -= taken.bytes;
    return taken;
}

void *quarantine_pop(struct thread_cache *t, bool all, size_t *bytes)
{
    struct quarantine *q = t->quarantine;
    struct held taken;

    if (q == NULL || q->count == 0 || (!all && q->bytes <= limit && q->count <= mask))
        return NULL;
    taken = take_some(q);
    *bytes = taken.bytes;
    return taken.p;
}

void quarantine_visit(struct thread_cache *t, void (*visit)(void *p, void *context), void *context)
{
    struct quarantine *q = t->quarantine;

    if (q != NULL)
        for (uint32_t i = 0; i < q->count; i++)
            visit(q->places[(q->first + i) & mask].p, context);
}
