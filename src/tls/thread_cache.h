// SPDX-License-Identifier: MIT
// What a thread has at hand: the one record behind both hit paths.
//
// `head[bin]` is its magazine: a list of blocks that belong to the slab
// `current[bin]`, whose own free list meanwhile collects what comes back. A magazine
// costs no memory of its own and is as long as the list that was taken.
//
// All fields are the owner's, but: `inbox` anyone pushes and the owner takes all;
// `units` and `runs` any thread takes by exchange; `life` is written under
// LOCK_CACHES. Caches are never freed, so a stale pointer to one is harmless.
//
// Layer: tls. Above: alloc. Below: binned, large.
#ifndef TLS_THREAD_CACHE_H
#define TLS_THREAD_CACHE_H

#include "binned/bin.h"
#include "large/run.h"
#include "os/cache_slot.h"
#include "vm/directory.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cache_life {
    CACHE_NONE,   // no thread's, now or ever; owns nothing
    CACHE_LIVE,   // a thread's
    CACHE_POOLED, // waits for a thread; owns nothing
    CACHE_DEAD,   // its thread does not exist on this side of a fork
};

enum {
    RING_SETS = 8,
    RING_WAYS = 2,
    CACHED_UNITS = 3,
    CYCLES_HOT = 16,
    CARVED_LEAST = 4,
};

// Blocks of one slab of another owner, on their way there.
struct ring {
    struct desc *slab;   // NULL: the ring is unused
    struct block *first; // the last one that was freed
    struct block *last;
    uint32_t count;
};

struct thread_cache {
    struct block *head[BIN_COUNT];        // the magazines
    struct desc *current[BIN_COUNT];      // the slabs they come from
    struct desc *partial[BIN_COUNT];      // circular lists of slabs to go on with
    uint8_t cycles[BIN_COUNT];            // how often all blocks of a bin came back, to CYCLES_HOT
    uint8_t borrowed[BIN_COUNT];          // blocks served from larger bins, to BORROW_MOST
    struct desc *waiting;                 // circular list of slabs with too few free blocks
    size_t kept_bytes;                    // current slabs that were empty when last seen
    uint64_t handed;                      // blocks ever put into magazines, less those taken back
    uint64_t handed_seen;                 // `handed` when sampling looked last
    uint64_t large_allocations;           // runs and huge blocks ever handed out
    size_t ring_bytes;                    // in all rings together
    uint32_t short_left;                  // the miss that must go the long way, counted from now
    uint32_t short_ways;                  // what short_left starts from
    uint32_t due_ms;                      // when a miss had to go the long way last
    uint32_t purge_tick;                  // the tick of the last look at what came of age
    uint32_t flush_tick;                  // the tick of the last unconditional flush
    uint32_t flush_epoch;                 // the last flush of all that was answered
    bool arming;                          // the exit hook is being set
    _Atomic(uint32_t) ticks;              // misses ever; written by the owner
    uint32_t ticks_seen;                  // lock     by who looked for idle threads last
    struct ring rings[RING_SETS][RING_WAYS];
    _Atomic(struct desc *) units[CACHED_UNITS]; // destroyed slabs of one unit
    struct run_cache runs;
    struct quarantine *quarantine;        // of the checked modes; fixed once made
    struct thread_cache *next_of_all;     // fixed    every cache ever made
    struct thread_cache *next_pooled;     // lock     while pooled
    alignas(CACHE_LINE) _Atomic(struct block *) inbox; // messages, see remote.h
    _Atomic(uint32_t) life;               // enum cache_life
};

// What a thread without a cache of its own sees.
extern struct thread_cache empty_cache;

// True once there ever was a second thread with a cache.
bool cache_ever_two(void);

#endif
