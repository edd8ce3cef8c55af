// SPDX-License-Identifier: MIT
// A thread's two pointers to its cache: the only access to thread-local storage.
//
// `cache_slot` is what the hit paths use and is never NULL: a thread without a
// cache, and one whose calls must all be looked at, see a cache that is always
// empty, so that every call takes the slow path. `cache_own` is the thread's real
// cache, NULL before it has one. Together they are 16 bytes of static TLS.
#ifndef OS_CACHE_SLOT_H
#define OS_CACHE_SLOT_H

#include "os/compiler.h"

struct thread_cache;

extern THREAD_LOCAL_IE struct thread_cache *cache_slot;
extern THREAD_LOCAL_IE struct thread_cache *cache_own;

ALWAYS_INLINE struct thread_cache *cache_current(void)
{
    return cache_slot;
}

#endif
