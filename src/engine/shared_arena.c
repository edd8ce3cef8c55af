// SPDX-License-Identifier: MIT
// An arena of many threads: the two words that change are atomic, and the rest of it is fixed.
#include "engine/arena.h"

#include "alloc.h"

#include <stdatomic.h>

struct ikyo_shared_arena {
    _Atomic(uintptr_t) last;  // anyone   only rises, but for a reset
    _Atomic(uintptr_t) limit; // anyone   as `last`
    struct ikyo_arena whole;  // written by a reset only; its own last and limit are of then
};

// The arena as it is now, for the calls of an arena of one thread.
static struct ikyo_arena now(const struct ikyo_shared_arena *arena)
{
    struct ikyo_arena whole = arena->whole;

    whole.limit = atomic_load_explicit(&arena->limit, memory_order_relaxed);
    whole.last = atomic_load_explicit(&arena->last, memory_order_relaxed);
    return whole;
}

EXPORT struct ikyo_shared_arena *ikyo_shared_arena_create(size_t reserve)
{
    struct ikyo_shared_arena *arena = alloc_block(sizeof *arena);

    if (arena == NULL)
        return NULL;
    if (!arena_reserve(&arena->whole, reserve)) {
        free_block(arena);
        return NULL;
    }
    atomic_init(&arena->last, arena->whole.last);
    atomic_init(&arena->limit, arena->whole.limit);
    return arena;
}

EXPORT void ikyo_shared_arena_destroy(struct ikyo_shared_arena *arena)
{
    struct ikyo_arena whole;

    if (arena == NULL)
        return;
    whole = now(arena);
    arena_release(&whole);
    free_block(arena);
}

// Threads that find the limit too low at once commit ranges that all start at a limit there was,
// so the highest of them is right for all. The release makes the pages usable for whoever
// acquires the limit in ikyo_shared_arena_alloc.
static bool raise_limit(struct ikyo_shared_arena *arena, uintptr_t limit, uintptr_t last)
{
    uintptr_t higher = arena_commit(&arena->whole, limit, last);

    if (higher == 0)
        return false;
    while (limit < higher &&
           !atomic_compare_exchange_weak_explicit(&arena->limit, &limit, higher,
                                                  memory_order_release, memory_order_relaxed))
        ;
    return true;
}

EXPORT void *ikyo_shared_arena_alloc(struct ikyo_shared_arena *arena, size_t size, size_t alignment)
{
    uintptr_t last = atomic_load_explicit(&arena->last, memory_order_relaxed), start, limit, end;

    // Blocks never overlap, so there is nothing that one taker would have to see of another.
    do {
        start = arena_place(last, arena->whole.top, size, alignment);
        if (start == 0)
            return NULL;
        end = start + size - 1;
        limit = atomic_load_explicit(&arena->limit, memory_order_acquire);
        if (end > limit && !raise_limit(arena, limit, end))
            return NULL;
    } while (!atomic_compare_exchange_weak_explicit(&arena->last, &last, end, memory_order_relaxed,
                                                    memory_order_relaxed));
    return (void *)start;
}

EXPORT void ikyo_shared_arena_reset(struct ikyo_shared_arena *arena)
{
    arena->whole = now(arena);
    ikyo_arena_reset(&arena->whole);
    atomic_store_explicit(&arena->limit, arena->whole.limit, memory_order_relaxed);
    atomic_store_explicit(&arena->last, arena->whole.last, memory_order_relaxed);
}

EXPORT struct ikyo_arena_figures ikyo_shared_arena_stats(const struct ikyo_shared_arena *arena)
{
    struct ikyo_arena whole;

    if (arena == NULL)
        return ikyo_arena_stats(NULL);
    whole = now(arena);
    return ikyo_arena_stats(&whole);
}

static void *allocate(void *context, size_t size, size_t alignment)
{
    return ikyo_shared_arena_alloc(context, size != 0 ? size : 1, alignment);
}

EXPORT struct ikyo_allocator ikyo_shared_arena_allocator(struct ikyo_shared_arena *arena)
{
    return (struct ikyo_allocator){allocate, arena_deallocate, arena};
}
