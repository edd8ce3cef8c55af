// SPDX-License-Identifier: MIT
// A thread's life with its cache: attach at the first slow path, release at exit,
// and what fork leaves of the others.
//
// After its exit hook ran a thread may still allocate and free (other destructors,
// the C library's last steps). It then shares one cache with all such threads,
// under LOCK_LATE, which is emptied after each use; so does a thread for which the
// system has no exit hook, or no memory for a cache.
//
// Layer: tls. Above: alloc. Below: magazine.
#ifndef TLS_THREAD_H
#define TLS_THREAD_H

#include "tls/thread_cache.h"

// Once at start: asks the system for the hook at thread exit.
void thread_init(void);

// The cache to work with in a slow path, for which thread_leave must follow. Where
// there is no memory for one of its own, the thread uses the shared one.
struct thread_cache *thread_enter(void);
void thread_leave(struct thread_cache *t);

// The calling thread's own cache; NULL: it has none, not yet or not any more.
struct thread_cache *thread_own(void);

// Renews the exit hook of t, the calling thread's cache: the first value that a
// thread sets for another late key may undo what was armed while that was under way.
void thread_arm_again(struct thread_cache *t);

// Makes the calling thread's hit paths miss from now on, so that every call is
// looked at, or ends that. Cheap when nothing changes.
void thread_set_careful(bool careful);

// Around fork. The locks are held from prepare to parent or child.
void thread_fork_prepare(void);
void thread_fork_parent(void);
void thread_fork_child(void);

// Calls look while no other thread has a cache or can get one. False, and it was not called:
// one has, or had when the process forked. look takes no lock below LOCK_HUGE.
bool thread_while_alone(void (*look)(void *context), void *context);

// Calls visit for every cache that is or was a thread's, under LOCK_CACHES.
void thread_visit_caches(void (*visit)(struct thread_cache *t, void *context), void *context);

#endif
