// SPDX-License-Identifier: MIT
// A lock word is 0 free, 1 held, 2 held and somebody sleeps (Ulrich Drepper,
// "Futexes Are Tricky", mutex 3), with a short spin in front.
#include "base/lock.h"

#include "base/check.h"
#include "os/compiler.h"
#include "os/os.h"

#include <stdalign.h>

enum { SPINS = 100 };

struct lock {
    alignas(64) _Atomic(uint32_t) word;
    _Atomic(uintptr_t) holder; // the mark of the thread that holds it, or 0
};

static struct lock locks[LOCK_COUNT];

bool lock_held(enum lock_rank rank)
{
    // Only the calling thread itself writes its own mark, and takes it away.
    return atomic_load_explicit(&locks[rank].holder, memory_order_relaxed) == os_thread_mark();
}

static bool holds_any_from(int rank)
{
    while (rank < LOCK_COUNT && !lock_held((enum lock_rank)rank))
        rank++;
    return rank < LOCK_COUNT;
}

bool lock_any_held(void)
{
    return holds_any_from(0);
}

static void set_holder(enum lock_rank rank, uintptr_t mark)
{
    atomic_store_explicit(&locks[rank].holder, mark, memory_order_relaxed);
}

static NOINLINE void take_contended(_Atomic(uint32_t) *word)
{
    for (int i = 0; i < SPINS; i++) {
        uint32_t free = 0;

        if (atomic_load_explicit(word, memory_order_relaxed) == 0 &&
            atomic_compare_exchange_weak_explicit(word, &free, 1, memory_order_acquire,
                                                  memory_order_relaxed))
            return;
        os_cpu_relax();
    }
    while (atomic_exchange_explicit(word, 2, memory_order_acquire) != 0)
        os_wait(word, 2);
}

void lock_take(enum lock_rank rank)
{
    _Atomic(uint32_t) *word = &locks[rank].word;
    uint32_t free = 0;

    assert(!holds_any_from((int)rank));
    if (unlikely(!atomic_compare_exchange_strong_explicit(word, &free, 1, memory_order_acquire,
                                                          memory_order_relaxed)))
        take_contended(word);
    set_holder(rank, os_thread_mark());
}

void lock_give(enum lock_rank rank)
{
    _Atomic(uint32_t) *word = &locks[rank].word;

    assert(lock_held(rank));
    set_holder(rank, 0);
    if (unlikely(atomic_exchange_explicit(word, 0, memory_order_release) == 2))
        os_wake(word, 1);
}

void lock_take_all(void)
{
    for (int rank = 0; rank < LOCK_COUNT; rank++)
        lock_take((enum lock_rank)rank);
}

void lock_give_all(void)
{
    for (int rank = LOCK_COUNT - 1; rank >= 0; rank--)
        lock_give((enum lock_rank)rank);
}
