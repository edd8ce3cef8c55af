// SPDX-License-Identifier: MIT
// A thread's two pointers to its cache: the only access to thread-local storage.
//
// `cache_slot` is what the hit paths use and is never NULL: a thread without a
// cache, and one whose calls must all be looked at, see a cache that is always
// empty, so that every call takes the slow path. `cache_own` is the thread's real
// cache, NULL before it has one. Together they are 16 bytes of static TLS. How a
// thread finds its own is the system's; all others call the functions below.
#ifndef OS_CACHE_SLOT_H
#define OS_CACHE_SLOT_H

#include "os/compiler.h"

#if defined(__APPLE__)
#include "os/darwin_slot.h"
#else

#include <stdint.h>

struct thread_cache;

// Defines the variables, of which `none` is what a thread without a cache sees.
#define CACHE_SLOTS(none)                                                                          \
    THREAD_LOCAL_IE struct thread_cache *cache_slot = (none);                                      \
    THREAD_LOCAL_IE struct thread_cache *cache_own

extern THREAD_LOCAL_IE struct thread_cache *cache_slot;
extern THREAD_LOCAL_IE struct thread_cache *cache_own;

ALWAYS_INLINE struct thread_cache *cache_current(void)
{
    return *THREAD_PLACE(cache_slot);
}

static inline void cache_set_current(struct thread_cache *t)
{
    *THREAD_PLACE(cache_slot) = t;
}

static inline struct thread_cache *cache_mine(void)
{
    return *THREAD_PLACE(cache_own);
}

static inline void cache_set_mine(struct thread_cache *t)
{
    *THREAD_PLACE(cache_own) = t;
}

// A number that no other living thread has, from any load on: where its variables are.
static inline uintptr_t cache_thread_mark(void)
{
    return (uintptr_t)THREAD_PLACE(cache_slot);
}

#endif
#endif
