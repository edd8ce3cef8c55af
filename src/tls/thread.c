// SPDX-License-Identifier: MIT
#include "tls/thread.h"

#include "base/check.h"
#include "base/lock.h"
#include "base/option.h"
#include "os/os.h"
#include "tls/magazine.h"
#include "tls/remote.h"
#include "tls/upkeep.h"
#include "vm/meta.h"

struct thread_cache empty_cache;        // no cache yet, or every call is looked at
static struct thread_cache late_cache;  // LOCK_LATE
static struct thread_cache first_cache; // the first thread's, so that it costs no mapping

CACHE_SLOTS(&empty_cache);

static struct thread_cache *all_caches;    // LOCK_CACHES
static struct thread_cache *pooled_caches; // LOCK_CACHES
static bool first_cache_used;              // LOCK_CACHES
static _Atomic(bool) ever_two;
static bool has_exit_hook; // fixed at start
static bool late_is_listed; // LOCK_LATE

static void thread_exit(void *cache);

void thread_init(void)
{
    has_exit_hook = os_thread_exit_hook(thread_exit);
}

bool cache_ever_two(void)
{
    return atomic_load_explicit(&ever_two, memory_order_relaxed);
}

// A pooled cache, or a new one, which joins the list of all. Needs LOCK_CACHES.
static struct thread_cache *take_pooled(void)
{
    struct thread_cache *t = pooled_caches;

    if (t != NULL) {
        pooled_caches = t->next_pooled;
    } else if (!first_cache_used) {
        first_cache_used = true;
        t = &first_cache;
        t->next_of_all = all_caches;
        all_caches = t;
    }
    if (t != NULL)
        atomic_store_explicit(&t->life, CACHE_LIVE, memory_order_seq_cst);
    return t;
}

static struct thread_cache *new_cache(void)
{
    struct thread_cache *t = meta_take(sizeof(*t));

    if (t == NULL)
        return NULL;
    atomic_store_explicit(&t->life, CACHE_LIVE, memory_order_relaxed);
    lock_take(LOCK_CACHES);
    t->next_of_all = all_caches;
    all_caches = t;
    lock_give(LOCK_CACHES);
    return t;
}

// From here on who sends to t empties its inbox himself. False: something arrived
// before that, and t is still live.
static bool leave_to(struct thread_cache *t, enum cache_life life)
{
    bool quiet;

    lock_take(LOCK_CACHES);
    atomic_store_explicit(&t->life, life, memory_order_seq_cst);
    quiet = atomic_load_explicit(&t->inbox, memory_order_seq_cst) == NULL;
    if (!quiet)
        atomic_store_explicit(&t->life, CACHE_LIVE, memory_order_seq_cst);
    lock_give(LOCK_CACHES);
    return quiet;
}

// A thread that has left: no cache of its own any more.
static struct thread_cache *const left = &late_cache;

static struct thread_cache *enter_late(void)
{
    lock_take(LOCK_LATE);
    lock_take(LOCK_CACHES);
    if (!late_is_listed) {
        late_is_listed = true;
        late_cache.next_of_all = all_caches;
        all_caches = &late_cache;
    }
    atomic_store_explicit(&late_cache.life, CACHE_LIVE, memory_order_seq_cst);
    lock_give(LOCK_CACHES);
    return &late_cache;
}

static struct thread_cache *attach(void)
{
    struct thread_cache *t;

    lock_take(LOCK_CACHES);
    if (all_caches != NULL)
        atomic_store_explicit(&ever_two, true, memory_order_relaxed);
    t = take_pooled();
    lock_give(LOCK_CACHES);
    if (t == NULL)
        t = new_cache();
    if (t == NULL)
        return enter_late();
    t->short_left = t->short_ways = upkeep_pace();
    cache_set_mine(t);
    cache_set_current(options.check == CHECK_FAST ? t : &empty_cache);
    // Arming may allocate, which works from here on.
    os_thread_exit_arm(t);
    return t;
}

void thread_arm_again(struct thread_cache *t)
{
    // Arming may allocate, and so come here again.
    if (t == left || t->arming)
        return;
    t->arming = true;
    os_thread_exit_arm(t);
    t->arming = false;
}

struct thread_cache *thread_own(void)
{
    return cache_mine() != left ? cache_mine() : NULL;
}

struct thread_cache *thread_enter(void)
{
    struct thread_cache *t = cache_mine();

    if (likely(t != NULL && t != left))
        return t;
    if (t == NULL && has_exit_hook)
        return attach();
    return enter_late();
}

void thread_leave(struct thread_cache *t)
{
    if (likely(t != left))
        return;
    do
        magazine_release_all(t);
    while (!leave_to(t, CACHE_NONE));
    lock_give(LOCK_LATE);
}

static void thread_exit(void *cache)
{
    struct thread_cache *t = cache;

    cache_set_current(&empty_cache);
    cache_set_mine(left);
    do
        magazine_release_all(t);
    while (!leave_to(t, CACHE_POOLED));
    lock_take(LOCK_CACHES);
    t->next_pooled = pooled_caches;
    pooled_caches = t;
    lock_give(LOCK_CACHES);
}

void thread_set_careful(bool careful)
{
    if (cache_mine() != NULL && cache_mine() != left)
        cache_set_current(careful ? &empty_cache : cache_mine());
}

void thread_fork_prepare(void)
{
    lock_take_all();
}

void thread_fork_parent(void)
{
    lock_give_all();
}

// The other threads do not exist here. What they were changing may be half done,
// so their caches are never touched again; what others send them is lost.
void thread_fork_child(void)
{
    for (struct thread_cache *t = all_caches; t != NULL; t = t->next_of_all)
        if (t != cache_mine() && t != &late_cache &&
            atomic_load_explicit(&t->life, memory_order_relaxed) == CACHE_LIVE)
            atomic_store_explicit(&t->life, CACHE_DEAD, memory_order_relaxed);
    lock_give_all();
}

// What a thread did when the process forked it left half done.
static bool is_alone(void)
{
    for (struct thread_cache *t = all_caches; t != NULL; t = t->next_of_all) {
        uint32_t life = atomic_load_explicit(&t->life, memory_order_relaxed);

        if (t != cache_mine() && (life == CACHE_LIVE || life == CACHE_DEAD))
            return false;
    }
    return true;
}

bool thread_while_alone(void (*look)(void *context), void *context)
{
    bool alone;

    lock_take(LOCK_LATE);
    lock_take(LOCK_CACHES);
    alone = is_alone();
    if (alone)
        look(context);
    lock_give(LOCK_CACHES);
    lock_give(LOCK_LATE);
    return alone;
}

void thread_visit_caches(void (*visit)(struct thread_cache *t, void *context), void *context)
{
    lock_take(LOCK_CACHES);
    for (struct thread_cache *t = all_caches; t != NULL; t = t->next_of_all)
        visit(t, context);
    lock_give(LOCK_CACHES);
}
