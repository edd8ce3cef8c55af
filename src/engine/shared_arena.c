// SPDX-License-Identifier: MIT
// An arena of many threads: the two words that change are atomic, and the rest of it is fixed.
#include "engine/arena.h"

#include "alloc.h"

#include <stdatomic.h>

struct ikyo_shared_arena {
    _Atomic(uintptr_t) next;  // anyone   only falls, but for a reset
    _Atomic(uintptr_t) floor; // anyone   as `next`
    struct ikyo_arena whole;  // written by a reset only; its own next and floor are of then
};

EXPORT struct ikyo_shared_arena *ikyo_shared_arena_create(size_t reserve)
{
    struct ikyo_shared_arena *arena = alloc_block(sizeof *arena);

    if (arena == NULL)
        return NULL;
    if (!arena_reserve(&arena->whole, reserve)) {
        free_block(arena);
        return NULL;
    }
    atomic_init(&arena->next, arena->whole.next);
    atomic_init(&arena->floor, arena->whole.floor);
    return arena;
}

EXPORT void ikyo_shared_arena_destroy(struct ikyo_shared_arena *arena)
{
    if (arena == NULL)
        return;
    arena_release(&arena->whole);
    free_block(arena);
}

// Threads that find the floor too high at once commit ranges that all end at a floor there was,
// so the lowest of them is right for all. The release makes the pages usable for whoever
// acquires the floor in ikyo_shared_arena_alloc.
static bool lower_floor(struct ikyo_shared_arena *arena, uintptr_t floor, uintptr_t start)
{
    uintptr_t lower = arena_commit(&arena->whole, floor, start);

    if (lower == 0)
        return false;
    while (lower < floor &&
           !atomic_compare_exchange_weak_explicit(&arena->floor, &floor, lower,
                                                  memory_order_release, memory_order_relaxed))
        ;
    return true;
}

EXPORT void *ikyo_shared_arena_alloc(struct ikyo_shared_arena *arena, size_t size, size_t alignment)
{
    uintptr_t next = atomic_load_explicit(&arena->next, memory_order_relaxed), start, floor;

    // Blocks never overlap, so there is nothing that one taker would have to see of another.
    do {
        start = arena_place(next, size, alignment);
        if (start < arena->whole.bottom)
            return NULL;
        floor = atomic_load_explicit(&arena->floor, memory_order_acquire);
        if (start < floor && !lower_floor(arena, floor, start))
            return NULL;
    } while (!atomic_compare_exchange_weak_explicit(&arena->next, &next, start,
                                                    memory_order_relaxed, memory_order_relaxed));
    return (void *)start;
}

// The arena as it is now, for the calls of an arena of one thread.
static struct ikyo_arena now(const struct ikyo_shared_arena *arena)
{
    struct ikyo_arena whole = arena->whole;

    whole.floor = atomic_load_explicit(&arena->floor, memory_order_relaxed);
    whole.next = atomic_load_explicit(&arena->next, memory_order_relaxed);
    return whole;
}

EXPORT void ikyo_shared_arena_reset(struct ikyo_shared_arena *arena)
{
    arena->whole = now(arena);
    ikyo_arena_reset(&arena->whole);
    atomic_store_explicit(&arena->floor, arena->whole.floor, memory_order_relaxed);
    atomic_store_explicit(&arena->next, arena->whole.next, memory_order_relaxed);
}

EXPORT struct ikyo_arena_stats ikyo_shared_arena_stats(const struct ikyo_shared_arena *arena)
{
    struct ikyo_arena whole = now(arena);

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
