// SPDX-License-Identifier: MIT
#include "engine/arena.h"

#include "alloc.h"
#include "base/limits.h"
#include "checked.h"
#include "vm/vm.h"

// A growing step is as large as all before it: few calls for a large arena, little memory
// for a small one. The last bounds what is committed ahead where commits are counted.
#define FIRST_STEP (64 * KIB)
#define LAST_STEP (16 * MIB)

// What a reset keeps: a page that goes back costs the next use of it thirty times what writing it
// costs. A MiB an arena is little beside a program that needs so much between two resets.
#define RESET_KEEPS (1 * MIB)

bool arena_reserve(struct ikyo_arena *arena, size_t size)
{
    size_t page = vm_page_size(), rounded = ikyo_align_up(size, page);
    void *base = rounded != 0 ? vm_reserve(rounded, page) : NULL;
    uintptr_t bottom = (uintptr_t)base;

    if (base == NULL)
        return false;
    *arena = (struct ikyo_arena){
        .last = bottom - 1, .limit = bottom - 1, .bottom = bottom, .top = bottom + rounded};
    return true;
}

void arena_release(struct ikyo_arena *arena)
{
    // Refused where it would split a mapping and the process may have no more of them: the address
    // space is lost then, the memory is not.
    if (!vm_release((void *)arena->bottom, arena->top - arena->bottom))
        arena_decommit(arena, 0);
}

uintptr_t arena_place(uintptr_t last, uintptr_t top, size_t size, size_t alignment)
{
    uintptr_t next = last + 1;
    size_t padding = (0 - next) & (alignment - 1), room = top - next;

    if (alignment == 0 || (alignment & (alignment - 1)) != 0)
        return 0;
    return padding <= room && size <= room - padding ? next + padding : 0;
}

uintptr_t arena_commit(const struct ikyo_arena *arena, uintptr_t limit, uintptr_t last)
{
    uintptr_t start = limit + 1;
    size_t step = start - arena->bottom, room = arena->top - start;
    size_t needed = ikyo_align_up(last - limit, vm_page_size());

    if (step < FIRST_STEP)
        step = FIRST_STEP;
    if (step > LAST_STEP)
        step = LAST_STEP;
    if (step > room)
        step = room;
    if (step > needed && vm_commit((void *)start, step))
        return limit + step;
    return vm_commit((void *)start, needed) ? limit + needed : 0;
}

void arena_decommit(struct ikyo_arena *arena, size_t kept)
{
    uintptr_t start = arena->bottom + ikyo_align_up(kept, vm_page_size());

    if (start <= arena->limit && vm_decommit((void *)start, arena->limit + 1 - start))
        arena->limit = start - 1;
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

EXPORT void *ikyo_arena_alloc_slow(struct ikyo_arena *arena, uintptr_t last, size_t alignment)
{
    size_t size = last - (arena->last | (alignment - 1));
    uintptr_t start = arena_place(arena->last, arena->top, size, alignment), limit = arena->limit;

    if (start == 0)
        return NULL;
    if (last > limit)
        limit = arena_commit(arena, limit, last);
    if (limit == 0)
        return NULL;
    arena->limit = limit;
    arena->last = last;
    return (void *)start;
}

EXPORT void ikyo_arena_reset(struct ikyo_arena *arena)
{
    size_t kept = checked_mode() ? 0 : RESET_KEEPS;

    ikyo_arena_rewind(arena, 0);
    if (arena_committed(arena) > kept)
        arena_decommit(arena, kept);
}

EXPORT void ikyo_arena_trim(struct ikyo_arena *arena)
{
    arena_decommit(arena, arena_used(arena));
}

EXPORT size_t ikyo_arena_mark(const struct ikyo_arena *arena)
{
    return arena_used(arena);
}

EXPORT bool ikyo_arena_rewind(struct ikyo_arena *arena, size_t mark)
{
    if (mark > arena_used(arena))
        return false;
    if (arena_used(arena) > arena->peak)
        arena->peak = arena_used(arena);
    arena->last = arena->bottom + mark - 1;
    return true;
}

EXPORT struct ikyo_arena_figures ikyo_arena_stats(const struct ikyo_arena *arena)
{
    if (arena == NULL)
        return (struct ikyo_arena_figures){0};
    return (struct ikyo_arena_figures){
        .used = arena_used(arena),
        .committed = arena_committed(arena),
        .peak = arena_used(arena) > arena->peak ? arena_used(arena) : arena->peak,
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
