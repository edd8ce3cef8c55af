// SPDX-License-Identifier: MIT
// A pool of one thread, and a list on which all others put what they give back.
//
// The owner alone writes the pool. `returned` is written by everyone: givers push an object
// with a release, the owner exchanges the whole list for an empty one with an acquire. A
// push to a list that another one began continues its release, so the owner sees what
// every giver did with its object. Objects leave the list all at once or not at all, hence
// a head that comes back with the same value is no danger to a push.
#include "engine/pool.h"

#include "os/cache_slot.h"
#include "os/compiler.h"

#include <stdatomic.h>
#include <stdint.h>

struct thread_pool {
    struct pool pool; // owner, but for what is fixed; must be first
    // anyone: their writes must not take the owner's lines away
    _Alignas(128) _Atomic(struct ikyo_pool_object *) returned;
    _Alignas(128) _Atomic(uintptr_t) owner; // the owner: its self(), or 0
};

static struct thread_pool *pool_of(struct ikyo_thread_pool *pool)
{
    return (struct thread_pool *)pool;
}

// A number that no other living thread has: where a variable of the calling one is.
static uintptr_t self(void)
{
    return cache_thread_mark();
}

static bool is_mine(const struct thread_pool *pool)
{
    return atomic_load_explicit(&pool->owner, memory_order_relaxed) == self();
}

EXPORT struct ikyo_thread_pool *ikyo_thread_pool_create(size_t object_size, size_t alignment,
                                                        size_t capacity,
                                                        const struct ikyo_allocator *from)
{
    struct thread_pool *pool = ikyo_allocate(from, sizeof(*pool), _Alignof(struct thread_pool));

    if (pool == NULL)
        return NULL;
    *pool = (struct thread_pool){.owner = self()};
    if (pool_init(&pool->pool, object_size, alignment, capacity, from))
        return (struct ikyo_thread_pool *)pool;
    ikyo_deallocate(from, pool, sizeof(*pool));
    return NULL;
}

EXPORT void ikyo_thread_pool_destroy(struct ikyo_thread_pool *pool)
{
    if (pool == NULL)
        return;
    struct ikyo_allocator from = pool_of(pool)->pool.from;

    pool_end(&pool_of(pool)->pool);
    ikyo_deallocate(&from, pool, sizeof(struct thread_pool));
}

EXPORT bool ikyo_thread_pool_leave(struct ikyo_thread_pool *head)
{
    if (!is_mine(pool_of(head)))
        return false;
    atomic_store_explicit(&pool_of(head)->owner, 0, memory_order_release);
    return true;
}

// The acquire meets the release of leave: the pool is as the last owner left it.
EXPORT bool ikyo_thread_pool_adopt(struct ikyo_thread_pool *head)
{
    uintptr_t nobody = 0;

    return atomic_compare_exchange_strong_explicit(&pool_of(head)->owner, &nobody, self(),
                                                   memory_order_acquire, memory_order_relaxed);
}

// Takes over what others gave back; no object of the pool is ready. The acquire meets the
// release of give().
static void collect(struct thread_pool *pool)
{
    struct ikyo_pool_object *all =
        atomic_exchange_explicit(&pool->returned, NULL, memory_order_acquire);

    pool->pool.head.free = all;
    for (; all != NULL; all = all->next)
        pool->pool.head.live--;
}

EXPORT void *ikyo_thread_pool_take_slow(struct ikyo_thread_pool *head)
{
    struct thread_pool *pool = pool_of(head);

    // Looking first leaves the line to the givers while there is nothing to take over.
    if (atomic_load_explicit(&pool->returned, memory_order_relaxed) != NULL)
        collect(pool);
    return ikyo_pool_take(&pool->pool.head);
}

// The release meets the acquire of collect().
static void give(struct thread_pool *pool, struct ikyo_pool_object *object)
{
    struct ikyo_pool_object *first = atomic_load_explicit(&pool->returned, memory_order_relaxed);

    do {
        object->next = first;
    } while (!atomic_compare_exchange_weak_explicit(&pool->returned, &first, object,
                                                    memory_order_release, memory_order_relaxed));
}

EXPORT void ikyo_thread_pool_give(struct ikyo_thread_pool *head, void *object)
{
    struct thread_pool *pool = pool_of(head);

    if (is_mine(pool))
        ikyo_pool_give(&pool->pool.head, object);
    else if (object != NULL)
        give(pool, object);
}

EXPORT struct ikyo_pool_figures ikyo_thread_pool_stats(const struct ikyo_thread_pool *pool)
{
    return ikyo_pool_stats(pool != NULL ? &pool->own : NULL);
}

static void *allocate(void *context, size_t size, size_t alignment)
{
    const struct pool *pool = context;

    if (!pool_serves(pool, size))
        return ikyo_allocate(&pool->from, size, alignment);
    return pool_aligns(pool, alignment) ? ikyo_thread_pool_take(context) : NULL;
}

static void deallocate(void *context, void *block, size_t size)
{
    const struct pool *pool = context;

    if (pool_serves(pool, size))
        ikyo_thread_pool_give(context, block);
    else
        ikyo_deallocate(&pool->from, block, size);
}

EXPORT struct ikyo_allocator ikyo_thread_pool_allocator(struct ikyo_thread_pool *pool)
{
    return (struct ikyo_allocator){allocate, deallocate, pool};
}
