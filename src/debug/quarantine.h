// SPDX-License-Identifier: MIT
// Freed blocks that are held back from reuse, so that what still uses them is noticed.
//
// One for each thread cache, made when it is first needed and kept with the cache. Blocks
// leave it in a random order among the oldest. Only the thread whose cache it is may call.
//
// Layer: debug. Above: checked.c. Below: tls, vm/meta.
#ifndef DEBUG_QUARANTINE_H
#define DEBUG_QUARANTINE_H

#include "base/check.h"
#include "tls/thread_cache.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    QUARANTINE_DEPTH = 16,  // the next to leave is one of so many, a power of two
    QUARANTINE_LEAST = 128, // bytes that a block counts at least, so that there is a place for each
};

struct held {
    void *p;
    size_t bytes;
};

struct quarantine {
    ptrdiff_t room;       // bytes that may come before one has to leave
    size_t most;          // bytes of one block
    uint32_t first, end;  // numbers of the oldest and of the next
    uint32_t mask;        // places, a power of two, less 1
    uint32_t random;
    uint32_t runs;        // that were freed
    struct held places[]; // a ring
};

// Once at start: bytes that each may hold.
void quarantine_init(size_t bytes);

// What a block counts whose memory is given back already: address space that is cut up.
size_t quarantine_weight(size_t bytes);

static inline uint32_t quarantine_draw(uint32_t random)
{
    return random * 1664525u + 1013904223u;
}

// A quarantine for t, which has none; NULL: no memory. Keeps errno.
struct quarantine *quarantine_make(struct thread_cache *t);

// Holds a block back. False: it is too large, or there is no memory for the quarantine.
static inline bool quarantine_push(struct thread_cache *t, void *p, size_t bytes)
{
    struct quarantine *q = t->quarantine;

    if (unlikely(q == NULL) && (q = quarantine_make(t)) == NULL)
        return false;
    if (unlikely(bytes > q->most))
        return false;
    assert(q->end - q->first <= q->mask); // quarantine_pop is called after each push
    q->places[q->end++ & q->mask] = (struct held){p, bytes};
    q->room -= (ptrdiff_t)(bytes > QUARANTINE_LEAST ? bytes : QUARANTINE_LEAST);
    return true;
}

// A block that leaves: one of the oldest, which changes places with the very oldest.
static inline struct held quarantine_take(struct quarantine *q)
{
    uint32_t among = q->end - q->first < QUARANTINE_DEPTH ? 1 : QUARANTINE_DEPTH;
    struct held *oldest = &q->places[q->first & q->mask];
    struct held *chosen, taken;

    q->random = quarantine_draw(q->random) + (uint32_t)((uintptr_t)oldest->p >> 4);
    chosen = &q->places[(q->first + (q->random >> 16 & (among - 1))) & q->mask];
    taken = *chosen;
    *chosen = *oldest;
    *oldest = (struct held){NULL, 0}; // or a search for pointers would find it here
    q->first++;
    q->room += (ptrdiff_t)(taken.bytes > QUARANTINE_LEAST ? taken.bytes : QUARANTINE_LEAST);
    return taken;
}

// A block that has to leave because of those that came after it; NULL: none. With `all`
// every block does.
static inline void *quarantine_pop(struct thread_cache *t, bool all, size_t *bytes)
{
    struct quarantine *q = t->quarantine;
    struct held taken;

    if (q == NULL || (q->room >= 0 && (!all || q->first == q->end)))
        return NULL;
    taken = quarantine_take(q);
    *bytes = taken.bytes;
    return taken.p;
}

// Whether a run that t frees is to be held back behind guards, which costs system calls and
// page faults: the first few are, then one of several by chance.
bool quarantine_wants_run(struct thread_cache *t);

// Calls visit for each block that the caller's quarantine holds.
void quarantine_visit(struct thread_cache *t, void (*visit)(void *p, void *context), void *context);

#endif
