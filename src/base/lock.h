// SPDX-License-Identifier: MIT
// The few locks of the allocator: a short spin, then sleep in the kernel.
//
// Every lock has a rank; a thread takes locks only in rising rank, which debug
// builds check. fork takes all of them in this order, so whatever a lock guards
// is whole in the child.
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum lock_rank {
    LOCK_START,  // the one-time start of the library
    LOCK_LATE,   // the shared cache of threads whose own cache is gone
    LOCK_CACHES, // the list and the pool of thread caches
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

// For fork: all locks in rising order; the child gives them back as the parent does.
void lock_take_all(void);
void lock_give_all(void);

// True when the calling thread holds the lock, or any of them.
bool lock_held(enum lock_rank rank);
bool lock_any_held(void);

#endif
