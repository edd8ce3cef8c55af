// SPDX-License-Identifier: MIT
// The locks of the allocator: a short spin, then sleep in the kernel.
//
// Every lock has a rank; a thread takes locks only in rising rank, which debug
// builds check. fork takes all of them in this order, so whatever a lock guards
// is whole in the child.
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include "base/limits.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum lock_rank {
    LOCK_START,  // the one-time start of the library
    LOCK_LATE,   // the shared cache of threads whose own cache is gone
    LOCK_CACHES, // the list and the pool of thread caches
    LOCK_SPACES, // the list of all spaces; behind it in rank, the lock of each
    LOCK_HUGE,   // writers of the registry of huge blocks, and the mapping cache
    LOCK_GROW,   // regions and the directory: growing, held over system calls
    LOCK_EXTENT, // free extents, their bitmaps and the figures of memory policy
    LOCK_SAMPLE, // the places of sampled blocks
    LOCK_RECORD, // the records of check=full
    LOCK_STACK,  // call stacks that were not seen before
    LOCK_META,   // memory for the allocator's own records
    LOCK_COUNT
};

void lock_take(enum lock_rank rank);
void lock_give(enum lock_rank rank);

// The lock of one object of which there are many. They have one rank, behind LOCK_SPACES: of
// these a thread holds one at a time, and none of a higher rank when it takes it. Debug builds
// check no more of them than that.
struct lock {
    alignas(CACHE_LINE) _Atomic(uint32_t) word;
    _Atomic(uintptr_t) holder; // the mark of the thread that holds it, or 0
    struct lock *next;         // fixed once it has joined
};

void lock_take_own(struct lock *lock);
void lock_give_own(struct lock *lock);

// Has fork take this lock too, from now on and for ever. Needs LOCK_SPACES.
void lock_join(struct lock *lock);

// For fork: all locks in rising order; the child gives them back as the parent does.
void lock_take_all(void);
void lock_give_all(void);

// True when the calling thread holds the lock, or any of them, joined ones included.
bool lock_held(enum lock_rank rank);
bool lock_any_held(void);

#endif
