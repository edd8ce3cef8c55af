// SPDX-License-Identifier: MIT
#include "debug/quarantine.h"

#include "binned/slab.h"
#include "vm/meta.h"

#include <errno.h>

enum {
    PLACES_LEAST = 64,
    PLACES_MOST = 1 << 26, // for 8 GiB, by 1 GiB of address space
    RUNS_FIRST = 64,  // runs that are held in any case
    RUNS_ONE_IN = 8,  // of those behind
    WEIGHTS = 16,     // blocks without memory at least, and what their bytes count
    LARGEST_PART = 2, // of all bytes, what one block may take
};

static size_t limit;     // fixed at start
static uint32_t mask;    // fixed at start: places, a power of two, less 1

void quarantine_init(size_t bytes)
{
    uint32_t places = PLACES_LEAST;

    while (places <= bytes / QUARANTINE_LEAST + 1 && places < PLACES_MOST)
        places *= 2;
    mask = places - 1;
    limit = bytes / QUARANTINE_LEAST < mask ? bytes : mask * (size_t)QUARANTINE_LEAST;
}

struct quarantine *quarantine_make(struct thread_cache *t)
{
    size_t places = (size_t)mask + 1;
    int saved = errno;
    struct quarantine *q = meta_take(sizeof(struct quarantine) + places * sizeof(struct held));

    errno = saved;
    if (q == NULL)
        return NULL;
    q->random = slab_draw();
    q->room = (ptrdiff_t)limit;
    q->most = limit / LARGEST_PART;
    q->mask = mask;
    t->quarantine = q;
    return q;
}

size_t quarantine_weight(size_t bytes)
{
    size_t most = limit / WEIGHTS;

    return bytes / WEIGHTS < most ? bytes / WEIGHTS : most;
}

bool quarantine_wants_run(struct thread_cache *t)
{
    struct quarantine *q = t->quarantine != NULL ? t->quarantine : quarantine_make(t);

    if (q == NULL)
        return false;
    q->random = quarantine_draw(q->random + q->runs);
    return q->runs++ < RUNS_FIRST || (q->random >> 16) % RUNS_ONE_IN == 0;
}

void quarantine_visit(struct thread_cache *t, void (*visit)(void *p, void *context), void *context)
{
    struct quarantine *q = t->quarantine;

    if (q != NULL)
        for (uint32_t i = q->first; i != q->end; i++)
            visit(q->places[i & q->mask].p, context);
}
