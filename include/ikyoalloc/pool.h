// SPDX-License-Identifier: MIT
// Memory for many objects of one size: a pool, and a pool per thread.
//
// A pool asks for memory in pieces, each with twice the objects of the last, and hands out
// those that were given back first: taking and giving are a few instructions, inline, and an
// object has no header. A pool belongs to one thread at a time; a thread pool is also given objects
// back by all others. Everything that a pool handed out ends with it. `errno` is left as the
// allocator behind it leaves it.
#ifndef IKYOALLOC_POOL_H
#define IKYOALLOC_POOL_H

#include "ikyoalloc/allocator.h"
#include "ikyoalloc/base.h"

#include <stdbool.h>
#include <stddef.h>

IKYO_BEGIN_DECLS

// What a free object holds.
struct ikyo_pool_object {
    struct ikyo_pool_object *next;
};

// What the inline calls work on. For them alone: the rest of a pool is behind it.
struct ikyo_pool {
    struct ikyo_pool_object *free; // were given back; always empty in a checked pool
    char *fresh;                   // were never taken, up to `end`; the same
    char *end;
    size_t stride; // fixed
    size_t live;   // objects that the program holds
    bool checked;  // fixed
};

enum ikyo_pool_result {
    IKYO_POOL_OK,
    IKYO_POOL_FOREIGN,   // no object of this pool
    IKYO_POOL_NOT_TAKEN, // an object of this pool that the program does not hold
};

// All sizes are bytes.
struct ikyo_pool_figures {
    size_t live;     // objects that the program holds
    size_t capacity; // objects that there is memory for
    size_t stride;   // from one object to the next: the size and what rounds it up
    size_t pieces;   // blocks asked for
    size_t bytes;    // in these blocks
};

// A pool of objects of `object_size` bytes at multiples of `alignment`, a power of two. An
// object takes at least the room of a pointer. `capacity` objects, asked for at once and
// then never more; or 0, and the pool grows: the first piece has 4 KiB, or one object, and
// none has more than 1 MiB, or one object. The memory comes from `from`, which is copied, and
// what is behind it must live as long as the pool; NULL is the global allocator. Returns NULL if
// there is no memory, the size is 0, the alignment is no power of two, or all of it is more
// than there can be.
IKYO_API struct ikyo_pool *ikyo_pool_create(size_t object_size, size_t alignment, size_t capacity,
                                            const struct ikyo_allocator *from);

// The same, for finding bugs: ikyo_pool_give of this pool refuses what it must not be given.
// It costs a bit an object, and every call looks for the piece of its object: O(pieces).
IKYO_API struct ikyo_pool *ikyo_pool_create_checked(size_t object_size, size_t alignment,
                                                    size_t capacity,
                                                    const struct ikyo_allocator *from);

// Gives all memory of the pool back; its objects are gone. NULL is ignored.
IKYO_API void ikyo_pool_destroy(struct ikyo_pool *pool);

// What ikyo_pool_take does when no object is ready.
IKYO_API void *ikyo_pool_take_slow(struct ikyo_pool *pool);

// What ikyo_pool_give does in a checked pool.
IKYO_API enum ikyo_pool_result ikyo_pool_give_checked(struct ikyo_pool *pool, void *object);

// An object that is ready, or NULL.
static inline void *ikyo_pool_pop(struct ikyo_pool *pool)
{
    struct ikyo_pool_object *object = pool->free;

    if (IKYO_RARELY(object == NULL)) {
        char *fresh = pool->fresh;

        if (fresh == pool->end)
            return NULL;
        pool->fresh = fresh + pool->stride;
        pool->live++;
        return fresh;
    }
    pool->free = object->next;
    pool->live++;
    return object;
}

// An object, with any contents; NULL when the pool is full or there is no memory. O(1), but
// for the calls that need a new piece.
static inline void *ikyo_pool_take(struct ikyo_pool *pool)
{
    void *object = ikyo_pool_pop(pool);

    return object != NULL ? object : ikyo_pool_take_slow(pool);
}

// Gives an object back, which is the next to be taken. O(1), never calls `from`. NULL is
// ignored. Anything but IKYO_POOL_OK comes from a checked pool only, and nothing was done.
static inline enum ikyo_pool_result ikyo_pool_give(struct ikyo_pool *pool, void *object)
{
    struct ikyo_pool_object *given = (struct ikyo_pool_object *)object;

    if (given == NULL)
        return IKYO_POOL_OK;
    if (pool->checked)
        return ikyo_pool_give_checked(pool, given);
    given->next = pool->free;
    pool->free = given;
    pool->live--;
    return IKYO_POOL_OK;
}

// Takes all objects back at once. The newest piece is kept for what comes next, the others
// are given back: O(pieces).
IKYO_API void ikyo_pool_reset(struct ikyo_pool *pool);

// All zero for NULL. O(pieces).
IKYO_API struct ikyo_pool_figures ikyo_pool_stats(const struct ikyo_pool *pool);

// The pool behind the common interface, as safe with threads as the pool. Sizes up to the
// object's are objects of the pool, and NULL at a higher alignment than the pool's. Larger
// ones are blocks of the pool's `from`: the pool does not know them, nor end them.
IKYO_API struct ikyo_allocator ikyo_pool_allocator(struct ikyo_pool *pool);

// A pool per thread, without locks: its owner takes, anyone gives back. The thread that
// creates a pool owns it. A program keeps one for each of its threads, and with an object,
// or with whom it comes from, which pool that is.
struct ikyo_thread_pool {
    struct ikyo_pool own; // for the inline calls alone
};

// As ikyo_pool_create. `from` is called by the owner alone, but for what is larger than an
// object (ikyo_thread_pool_allocator).
IKYO_API struct ikyo_thread_pool *ikyo_thread_pool_create(size_t object_size, size_t alignment,
                                                          size_t capacity,
                                                          const struct ikyo_allocator *from);

// By any thread, when no other one uses the pool or an object of it any more. NULL is ignored.
IKYO_API void ikyo_thread_pool_destroy(struct ikyo_thread_pool *pool);

// How a pool changes hands: its owner leaves it, and must, before the thread ends; then one
// thread adopts it, and sees the pool as the owner left it. In between all give and none
// takes. False, and nothing changes: leave by another thread, adopt of a pool with an owner.
IKYO_API bool ikyo_thread_pool_leave(struct ikyo_thread_pool *pool);
IKYO_API bool ikyo_thread_pool_adopt(struct ikyo_thread_pool *pool);

// What ikyo_thread_pool_take does when no object is ready: it takes over all that others
// gave back, or else grows.
IKYO_API void *ikyo_thread_pool_take_slow(struct ikyo_thread_pool *pool);

// By the owner. As ikyo_pool_take.
static inline void *ikyo_thread_pool_take(struct ikyo_thread_pool *pool)
{
    void *object = ikyo_pool_pop(&pool->own);

    return object != NULL ? object : ikyo_thread_pool_take_slow(pool);
}

// By any thread: O(1) for the owner, and lock-free for the others. What the giver did with
// the object has happened before the owner takes it again. NULL is ignored.
IKYO_API void ikyo_thread_pool_give(struct ikyo_thread_pool *pool, void *object);

// By the owner. Objects that others gave back count as live until they are taken over.
IKYO_API struct ikyo_pool_figures ikyo_thread_pool_stats(const struct ikyo_thread_pool *pool);

// As ikyo_pool_allocator: the owner allocates, any thread deallocates. Where one of the
// sizes is larger than an object, `from` must be safe with threads, as the global one is.
IKYO_API struct ikyo_allocator ikyo_thread_pool_allocator(struct ikyo_thread_pool *pool);

IKYO_END_DECLS

#endif
