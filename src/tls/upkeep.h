// SPDX-License-Identifier: MIT
// What is due now and then, done in slow paths: there is no thread of our own.
//
// Layer: tls. Above: alloc. Below: magazine, remote, and the policies of the layers
// below that age.
#ifndef TLS_UPKEEP_H
#define TLS_UPKEEP_H

#include "tls/thread_cache.h"

// Counts a miss of t, and says whether it has to take the long way.
enum { LONG_WAY_PERIOD = 32 };

static inline bool upkeep_is_due(struct thread_cache *t)
{
    uint32_t ticks = atomic_load_explicit(&t->ticks, memory_order_relaxed) + 1;

    atomic_store_explicit(&t->ticks, ticks, memory_order_relaxed);
    return ticks % LONG_WAY_PERIOD == 0;
}

// One slow path of t, the calling thread's cache. Rings that wait are sent, flushes
// that were asked for are answered, and what came of age goes back.
void upkeep_tick(struct thread_cache *t);

// Asks every thread to give back everything at its next slow path.
void upkeep_ask_all_to_flush(void);

#endif
