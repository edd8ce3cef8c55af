// SPDX-License-Identifier: MIT
// A lock word is 0 free, 1 held, 2 held and somebody sleeps (Ulrich Drepper,
// "Futexes Are Tricky", mutex 3), with a short spin in front.
#include "base/lock.h"

#include "base/check.h"
#include "os/compiler.h"
#include "os/os.h"

enum { SPINS = 100 };

static struct lock locks[LOCK_COUNT];
static _Atomic(struct lock *) joined; // written under LOCK_SPACES, newest first

static bool is_mine(const struct lock *lock)
{
    // Only the calling thread itself writes its own mark, and takes it away.
    return atomic_load_explicit(&lock->holder, memory_order_relaxed) == os_thread_mark();
}

bool lock_held(enum lock_rank rank)
{
    return is_mine(&locks[rank]);
}

static struct lock *first_joined(void)
{
    return atomic_load_explicit(&joined, memory_order_acquire);
}

static bool holds_any_from(int rank)
{
    while (rank < LOCK_COUNT && !lock_held((enum lock_rank)rank))
        rank++;
    return rank < LOCK_COUNT;
}

bool lock_any_held(void)
{
    for (const struct lock *lock = first_joined(); lock != NULL; lock = lock->next)
        if (is_mine(lock))
            return true;
    return holds_any_from(0);
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

static void take(struct lock *lock)
{
    uint32_t free = 0;

    if (unlikely(!atomic_compare_exchange_strong_explicit(
            &lock->word, &free, 1, memory_order_acquire, memory_order_relaxed)))
        take_contended(&lock->word);
    atomic_store_explicit(&lock->holder, os_thread_mark(), memory_order_relaxed);
}

static void give(struct lock *lock)
{
    atomic_store_explicit(&lock->holder, 0, memory_order_relaxed);
    if (unlikely(atomic_exchange_explicit(&lock->word, 0, memory_order_release) == 2))
        os_wake(&lock->word, 1);
}

void lock_take(enum lock_rank rank)
{
    assert(!holds_any_from((int)rank));
    take(&locks[rank]);
}

void lock_give(enum lock_rank rank)
{
    assert(lock_held(rank));
    give(&locks[rank]);
}

void lock_take_own(struct lock *lock)
{
    assert(!is_mine(lock) && !holds_any_from(LOCK_SPACES + 1));
    take(lock);
}

void lock_give_own(struct lock *lock)
{
    assert(is_mine(lock));
    give(lock);
}

void lock_join(struct lock *lock)
{
    assert(lock_held(LOCK_SPACES));
    lock->next = first_joined();
    atomic_store_explicit(&joined, lock, memory_order_release);
}

void lock_take_all(void)
{
    for (int rank = 0; rank < LOCK_COUNT; rank++) {
        lock_take((enum lock_rank)rank);
        if (rank == LOCK_SPACES)
            for (struct lock *lock = first_joined(); lock != NULL; lock = lock->next)
                take(lock);
    }
}

void lock_give_all(void)
{
    for (int rank = LOCK_COUNT - 1; rank >= 0; rank--) {
        if (rank == LOCK_SPACES)
            for (struct lock *lock = first_joined(); lock != NULL; lock = lock->next)
                give(lock);
        lock_give((enum lock_rank)rank);
    }
}
