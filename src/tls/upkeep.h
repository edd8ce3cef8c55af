// SPDX-License-Identifier: MIT
// What is due now and then, done in slow paths: there is no thread of our own.
//
// Layer: tls. Above: alloc. Below: magazine, remote, and the policies of the layers
// below that age.
#ifndef TLS_UPKEEP_H
#define TLS_UPKEEP_H

#include "base/option.h"
#include "tls/thread_cache.h"

enum { LONG_WAY_PERIOD = 64, LONG_WAY_PERIOD_SLOW = 4 };

// Misses from one long way to the next, of a busy thread. Sampling asks about every list of
// blocks that goes out, and stands on the long way.
static inline uint32_t upkeep_pace(void)
{
    return options.sample != 0 ? 1 : LONG_WAY_PERIOD;
}

// Counts a miss of t that would go a short way, and says whether it has to go the long
// one, where upkeep_tick is called. Every list and every run that goes out is counted.
static inline bool upkeep_is_due(struct thread_cache *t)
{
    if (likely(--t->short_left != 0))
        return false;
    t->short_left = 1; // due until it was done
    return true;
}

// A miss of t, the calling thread's cache, that goes the long way. Rings that wait are
// sent, flushes that were asked for are answered, and what came of age goes back.
void upkeep_tick(struct thread_cache *t);

// Has `look` called too, about every 150 ms of use, by a thread that holds no lock but LOCK_LATE at
// most: for what layers above keep. There is one such call.
void upkeep_also(void (*look)(void));

// Asks every thread to give back everything, at its next miss that goes the long way.
void upkeep_ask_all_to_flush(void);

#endif
