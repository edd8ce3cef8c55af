// SPDX-License-Identifier: MIT
// Large blocks: runs of granules, cut from the shared pages.
//
// A run's record is the descriptor of the unit it starts in; every run is at least
// one unit long, so no two start in the same. A few freed runs wait in the
// thread's cache, still counted as used, for a request of nearly their size.
//
// Above: alloc, tls. Below: vm/pages.
#ifndef LARGE_RUN_H
#define LARGE_RUN_H

#include "vm/directory.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum { CACHED_RUNS = 4 };

// Slots are filled and emptied by exchange, so that any thread may empty them.
struct run_cache {
    _Atomic(struct desc *) slots[CACHED_RUNS];
    _Atomic(size_t) bytes; // in the slots
};

// A block of at least size bytes, aligned to a power of two of at most CHUNK, or
// NULL: no memory. *zero: all of it reads zero. size <= RUN_MAX.
void *run_alloc(struct run_cache *cache, size_t size, size_t alignment, bool *zero);

// Frees the run that starts at p; d is the descriptor of its unit. False when no
// run starts there, or when it is free already.
bool run_free(struct run_cache *cache, struct desc *d, void *p);

// Makes a run longer or shorter where it lies. False when there is no room.
bool run_resize(struct desc *d, size_t size);

// The run's pages moved elsewhere and left zero pages behind: ends the run.
void run_vacate(struct desc *d);

// Bytes the application may use.
size_t run_usable_size(const struct desc *d);

// Gives the cached runs back to the shared pages. Any thread, any cache.
void run_cache_release(struct run_cache *cache);

#endif
