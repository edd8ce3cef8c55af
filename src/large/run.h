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

enum {
    CACHED_RUNS = 4,
    RUN_SLACK = 8, // a cached run may be longer than asked for by 1/8
};

// Only the owner puts runs in; any thread may take them out, by exchange. What lies
// here is of kind KIND_FREED.
struct run_cache {
    _Atomic(struct desc *) latest; // the run that the short way kept
    _Atomic(size_t) latest_bytes;  // owner: of `latest`, as long as that is there
    _Atomic(struct desc *) slots[CACHED_RUNS];
    _Atomic(size_t) bytes; // in the slots
    size_t room;                   // owner: bytes that `latest` may have; 0 until a run was freed
};

static inline size_t run_bytes(const struct desc *d)
{
    return (size_t)d->granules << GRANULE_SHIFT;
}

// The short ways: the run freed last goes out again. NULL and false: take the long
// way, nothing has changed. There is no room where runs have guards.
static inline struct desc *run_take_latest(struct run_cache *cache, size_t size)
{
    struct desc *d = atomic_load_explicit(&cache->latest, memory_order_relaxed);
    size_t bytes = atomic_load_explicit(&cache->latest_bytes, memory_order_relaxed);

    if (d == NULL || bytes - size > bytes / RUN_SLACK || // also if it is too short
        !atomic_compare_exchange_strong_explicit(&cache->latest, &d, NULL, memory_order_relaxed,
                                                 memory_order_relaxed))
        return NULL;
    desc_set_kind(d, KIND_RUN);
    return d;
}

static inline bool run_keep_latest(struct run_cache *cache, struct desc *d, void *p)
{
    size_t bytes = run_bytes(d);
    uint8_t run = KIND_RUN;

    if (d->base != p || bytes > cache->room ||
        atomic_load_explicit(&cache->latest, memory_order_relaxed) != NULL ||
        !atomic_compare_exchange_strong_explicit(&d->kind, &run, KIND_FREED, memory_order_relaxed,
                                                 memory_order_relaxed))
        return false;
    atomic_store_explicit(&cache->latest_bytes, bytes, memory_order_relaxed);
    atomic_store_explicit(&cache->latest, d, memory_order_release);
    return true;
}

// Bytes of all runs in the cache, about.
static inline size_t run_cached_bytes(const struct run_cache *cache)
{
    bool has_latest = atomic_load_explicit(&cache->latest, memory_order_relaxed) != NULL;

    return atomic_load_explicit(&cache->bytes, memory_order_relaxed) +
           (has_latest ? atomic_load_explicit(&cache->latest_bytes, memory_order_relaxed) : 0);
}

// The largest block that is a run.
size_t run_limit(void);

// A block of at least size bytes, aligned to a power of two of at most CHUNK, or
// NULL: no memory. *zero: all of it reads zero. size <= RUN_MAX.
void *run_alloc(struct run_cache *cache, size_t size, size_t alignment, bool *zero);

// Frees the run that starts at p; d is the descriptor of its unit. False when no
// run starts there, or when it is free already.
bool run_free(struct run_cache *cache, struct desc *d, void *p);

// Holds a run back from reuse: its contents go, whoever touches it faults, and it reads as
// freed. False, with nothing changed, where the system has no guards for that. The caller
// has checked that the run is out, and ends the hold later: then its pages are free.
bool run_hold(struct desc *d);

// The run that is held and that p lies in; NULL: none. This and the next call are one
// thread's at a time, and so is run_hold if others use them.
struct desc *run_find_held(const void *p);

// Opens a run that is held, so that it reads zero and can be written to. False: it was open.
bool run_open_held(struct desc *d);

// Of an open run. `clean`: nobody could write to it since the hold began.
void run_end_hold(struct desc *d, bool clean);

// Makes a run longer or shorter where it lies. False when there is no room.
bool run_resize(struct desc *d, size_t size);

// The run's pages moved elsewhere and left zero pages behind: ends the run.
void run_vacate(struct desc *d);

// Bytes the application may use.
size_t run_usable_size(const struct desc *d);

// Now and then, by the owner: the cache fits what the option allows today.
void run_cache_tick(struct run_cache *cache);

// Gives the cached runs back to the shared pages. Any thread, any cache.
void run_cache_release(struct run_cache *cache);

#endif
