// SPDX-License-Identifier: MIT
#include "tls/upkeep.h"

#include "binned/depot.h"
#include "large/huge.h"
#include "os/os.h"
#include "tls/magazine.h"
#include "tls/remote.h"
#include "tls/slab_source.h"
#include "tls/thread.h"
#include "vm/purge.h"

enum {
    PURGE_PERIOD = 4, // misses, at least, between two looks at what has come of age
    ARM_AGAIN = 4,    // misses of each flush period that renew the exit hook
    LOOK_MS = 150,    // between two looks after depots and idle threads
    BUSY_MS = 20,     // in which a busy thread comes to its next long way
};

static _Atomic(uint32_t) flush_epoch;
static _Atomic(uint64_t) next_look_ms;
static void (*_Atomic also)(void);

// A thread that went no long way since the last look is idle: what it keeps in
// reach of others goes back.
static void release_if_idle(struct thread_cache *t, void *context)
{
    uint32_t ticks = atomic_load_explicit(&t->ticks, memory_order_relaxed);

    (void)context;
    if (ticks == t->ticks_seen) {
        slab_source_release(t);
        run_cache_release(&t->runs);
    }
    t->ticks_seen = ticks;
}

// Now and then one thread looks after what nobody else would: slabs whose last block
// was freed while they were listed, and the memory of threads that sleep.
static void look_after_all(struct thread_cache *t)
{
    uint64_t next = atomic_load_explicit(&next_look_ms, memory_order_relaxed);
    void (*look)(void) = atomic_load_explicit(&also, memory_order_relaxed);
    uint64_t now;

    if (likely(!cache_ever_two() && depot_listed() == 0 && look == NULL))
        return;
    now = os_clock_ms();
    if (now < next ||
        !atomic_compare_exchange_strong_explicit(&next_look_ms, &next, now + LOOK_MS,
                                                 memory_order_relaxed, memory_order_relaxed))
        return;
    magazine_trim_depots(t);
    thread_visit_caches(release_if_idle, NULL);
    if (look != NULL)
        look();
}

void upkeep_also(void (*look)(void))
{
    atomic_store_explicit(&also, look, memory_order_relaxed);
}

static void give_back_what_aged(struct thread_cache *t)
{
    purge_tick();
    huge_tick();
    look_after_all(t);
}

// A thread that makes few calls goes the long way more often, or memory that came of age
// would wait for it.
static void set_pace(struct thread_cache *t)
{
    uint32_t now = (uint32_t)os_clock_ms();
    uint32_t pace = upkeep_pace();

    t->short_ways = now - t->due_ms < BUSY_MS || pace < LONG_WAY_PERIOD_SLOW ? pace
                                                                           : LONG_WAY_PERIOD_SLOW;
    t->due_ms = now;
}

void upkeep_tick(struct thread_cache *t)
{
    uint32_t epoch = atomic_load_explicit(&flush_epoch, memory_order_relaxed);
    uint32_t ticks = atomic_load_explicit(&t->ticks, memory_order_relaxed) + 1 + t->short_ways -
                     t->short_left;

    if (t->short_left == 1)
        set_pace(t);
    t->short_left = t->short_ways;
    atomic_store_explicit(&t->ticks, ticks, memory_order_relaxed);
    run_cache_tick(&t->runs);
    if (ticks - t->purge_tick >= PURGE_PERIOD) {
        t->purge_tick = ticks;
        give_back_what_aged(t);
    }
    if (ticks - t->flush_tick < ARM_AGAIN)
        thread_arm_again(t);
    if (unlikely(t->flush_epoch != epoch)) {
        t->flush_epoch = epoch;
        magazine_release_all(t);
    } else if (ticks - t->flush_tick >= FLUSH_PERIOD) {
        t->flush_tick = ticks;
        thread_arm_again(t);
        remote_flush(t);
        remote_drain(t);
        magazine_release_unserved(t);
    }
}

void upkeep_ask_all_to_flush(void)
{
    atomic_fetch_add_explicit(&flush_epoch, 1, memory_order_relaxed);
}
