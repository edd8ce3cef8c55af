// SPDX-License-Identifier: MIT
#include "tls/upkeep.h"

#include "binned/depot.h"
#include "large/huge.h"
#include "os/os.h"
#include "tls/magazine.h"
#include "tls/remote.h"
#include "tls/thread.h"
#include "vm/purge.h"

enum {
    PURGE_PERIOD = 4, // slow paths between two looks at what has come of age
    ARM_AGAIN = 4,    // slow paths of each flush period that renew the exit hook
    DEPOTS_MS = 500,  // between two looks through the depots
};

static _Atomic(uint32_t) flush_epoch;
static _Atomic(uint64_t) next_depots_ms;

// Slabs whose last block was freed while they were listed wait in the depots until
// somebody looks; now and then one thread does for all.
static void look_through_depots(struct thread_cache *t)
{
    uint64_t next = atomic_load_explicit(&next_depots_ms, memory_order_relaxed);
    uint64_t now;

    if (likely(depot_listed() == 0))
        return;
    now = os_clock_ms();
    if (now >= next &&
        atomic_compare_exchange_strong_explicit(&next_depots_ms, &next, now + DEPOTS_MS,
                                                memory_order_relaxed, memory_order_relaxed))
        magazine_trim_depots(t);
}

static void give_back_what_aged(struct thread_cache *t)
{
    purge_tick();
    huge_tick();
    look_through_depots(t);
}

void upkeep_tick(struct thread_cache *t)
{
    uint32_t epoch = atomic_load_explicit(&flush_epoch, memory_order_relaxed);

    if (t->slow_paths % PURGE_PERIOD == 0)
        give_back_what_aged(t);
    if (t->slow_paths < ARM_AGAIN)
        thread_arm_again(t);
    if (unlikely(t->flush_epoch != epoch)) {
        t->flush_epoch = epoch;
        magazine_release_all(t);
    } else if (++t->slow_paths >= FLUSH_PERIOD) {
        t->slow_paths = 0;
        remote_flush(t);
        remote_drain(t);
    }
}

void upkeep_ask_all_to_flush(void)
{
    atomic_fetch_add_explicit(&flush_epoch, 1, memory_order_relaxed);
}
