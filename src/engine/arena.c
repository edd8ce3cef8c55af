// SPDX-License-Identifier: MIT
#include "engine/arena.h"

#include "alloc.h"
#include "base/limits.h"
#include "vm/vm.h"

// A growing step is as large as all before it: few calls for a large arena, little memory
// for a small one. The last bounds what is committed ahead where commits are counted.
#define FIRST_STEP (64 * KIB)
#define LAST_STEP (16 * MIB)

static size_t used(const struct ikyo_arena *arena)
{
    return arena->next - arena->bottom;
}

bool arena_reserve(struct ikyo_arena *arena, size_t size)
{
    size_t page = vm_page_size(), rounded = ikyo_align_up(size, page);
    void *base = rounded != 0 ? vm_reserve(rounded, page) : NULL;
    uintptr_t bottom = (uintptr_t)base;

    if (base == NULL)
        return false;
    *arena = (struct ikyo_arena){
        .next = bottom, .limit = bottom, .bottom = bottom, .top = bottom + rounded};
    return true;
}

void arena_release(struct ikyo_arena *arena)
{
    vm_release((void *)arena->bottom, arena->top - arena->bottom);
}

uintptr_t arena_place(uintptr_t next, uintptr_t top, size_t size, size_t alignment)
{
    size_t padding = (0 - next) & (alignment - 1), room = top - next;

    if (alignment == 0 || (alignment & (alignment - 1)) != 0)
        return 0;
    return padding <= room && size <= room - padding ? next + padding : 0;
}

uintptr_t arena_commit(const struct ikyo_arena *arena, uintptr_t limit, uintptr_t end)
{
    size_t step = limit - arena->bottom;
    uintptr_t needed = limit + ikyo_align_up(end - limit, vm_page_size()), wanted = arena->top;

    if (step < FIRST_STEP)
        step = FIRST_STEP;
    if (step > LAST_STEP)
        step = LAST_STEP;
    if (step < arena->top - limit)
        wanted = limit + step;
    if (wanted > needed && vm_commit((void *)limit, wanted - limit))
        return wanted;
    return vm_commit((void *)limit, needed - limit) ? needed : 0;
}

void arena_decommit(struct ikyo_arena *arena, size_t kept)
{
    uintptr_t limit = arena->bottom + ikyo_align_up(kept, vm_page_size());

    if (limit < arena->limit && vm_decommit((void *)limit, arena->limit - limit))
        arena->limit = limit;
}

EXPORT struct ikyo_arena *ikyo_arena_create(size_t reserve)
{
    struct ikyo_arena *arena = alloc_block(sizeof *arena);

    if (arena != NULL && !arena_reserve(arena, reserve)) {
        free_block(arena);
        return NULL;
    }
    return arena;
}

EXPORT void ikyo_arena_destroy(struct ikyo_arena *arena)
{
    if (arena == NULL)
        return;
    arena_release(arena);
    free_block(arena);
}

EXPORT void *ikyo_arena_alloc_slow(struct ikyo_arena *arena, size_t size, size_t alignment)
{
    uintptr_t start = arena_place(arena->next, arena->top, size, alignment);
    uintptr_t end = start + size, limit = arena->limit;

    if (start == 0)
        return NULL;
    if (end > limit)
        limit = arena_commit(arena, limit, end);
    if (limit == 0)
        return NULL;
    arena->limit = limit;
    arena->next = end;
    return (void *)start;
}

EXPORT void ikyo_arena_reset(struct ikyo_arena *arena)
{
    ikyo_arena_rewind(arena, 0);
    arena_decommit(arena, 0);
}

EXPORT size_t ikyo_arena_mark(const struct ikyo_arena *arena)
{
    return used(arena);
}

EXPORT bool ikyo_arena_rewind(struct ikyo_arena *arena, size_t mark)
{
    if (mark > used(arena))
        return false;
    if (used(arena) > arena->peak)
        arena->peak = used(arena);
    arena->next = arena->bottom + mark;
    return true;
}

EXPORT struct ikyo_arena_figures ikyo_arena_stats(const struct ikyo_arena *arena)
{
    return (struct ikyo_arena_figures){
        .used = used(arena),
        .committed = arena->limit - arena->bottom,
        .peak = used(arena) > arena->peak ? used(arena) : arena->peak,
        .reserved = arena->top - arena->bottom,
    };
}

// The interface promises a block of its own for a size of 0.
static void *allocate(void *context, size_t size, size_t alignment)
{
    return ikyo_arena_alloc(context, size != 0 ? size : 1, alignment);
}

void arena_deallocate(void *context, void *block, size_t size)
{
    (void)context;
    (void)block;
    (void)size;
}

EXPORT struct ikyo_allocator ikyo_arena_allocator(struct ikyo_arena *arena)
{
    return (struct ikyo_allocator){allocate, arena_deallocate, arena};
}
