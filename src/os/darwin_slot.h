// SPDX-License-Identifier: MIT
// The two pointers of cache_slot.h on macOS, whose thread-local variables allocate: two keys
// of pthread, read without a call.
//
// A thread's values lie in an array by key, at which a register of the thread points; the system's
// own inlines (os/tsd.h of xnu) read them so. When the keys are made, what the call has set is
// compared with what is found there; where they differ, and as long as there are no keys,
// everyone goes by the call.
#ifndef OS_DARWIN_SLOT_H
#define OS_DARWIN_SLOT_H

#include "os/compiler.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct thread_cache;

// The key of the current cache; 0: it must not be read directly, or is not made.
extern uintptr_t cache_direct_key;

// What a thread has for its current cache that has set none.
extern struct thread_cache *const cache_none;

// In tls/thread.c, once: there are no variables to define, but what an unset one stands for.
#define CACHE_SLOTS(none) struct thread_cache *const cache_none = (none)

// Makes the keys, before any thread has a cache. False: there are none left.
bool cache_keys_make(void);

struct thread_cache *cache_current_by_call(void);
void cache_set_current(struct thread_cache *t);
struct thread_cache *cache_mine(void);
void cache_set_mine(struct thread_cache *t);

// The thread's value of a key. Volatile, as the calls that set it are not seen to.
static inline void *cache_read_key(uintptr_t key)
{
    void *value;

#if defined(__x86_64__)
    __asm__ volatile("movq %%gs:(,%1,8), %0" : "=r"(value) : "r"(key));
#elif defined(__aarch64__)
    uintptr_t values;

    __asm__("mrs %0, tpidrro_el0" : "=r"(values));
    value = ((void *volatile *)(values & ~(uintptr_t)7))[key]; // older systems: the CPU's number
#endif
    return value;
}

ALWAYS_INLINE struct thread_cache *cache_current(void)
{
    uintptr_t key = cache_direct_key;
    struct thread_cache *t = likely(key != 0) ? cache_read_key(key) : cache_current_by_call();

    return likely(t != NULL) ? t : cache_none;
}

static inline uintptr_t cache_thread_mark(void)
{
    return (uintptr_t)pthread_self();
}

#endif
