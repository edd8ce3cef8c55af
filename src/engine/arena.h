// SPDX-License-Identifier: MIT
// What the three kinds of arena share: where a block goes, and how its memory comes and goes.
//
//   bottom                     last             limit         top
//   | blocks, the newest last  || usable, free  || no access   |
//
// Everything is an address; `last` and `limit` are those of the bytes in front of the bars, as in
// struct ikyo_arena, and below they are meant by these names. Limit + 1, bottom and top are on
// pages.
#ifndef ENGINE_ARENA_H
#define ENGINE_ARENA_H

#include "ikyoalloc/arena.h"

// Reserves the address space of an arena that has none. False: nothing is written.
bool arena_reserve(struct ikyo_arena *arena, size_t size);
void arena_release(struct ikyo_arena *arena);

// Where a block goes that starts behind `last` and ends at or below `top`; 0 if it has no room, or
// the alignment is none.
uintptr_t arena_place(uintptr_t last, uintptr_t top, size_t size, size_t alignment);

// Makes memory usable behind `limit` up to the byte `last` at least, and returns the new limit; 0
// when the system has no memory. limit < last < top. Of the arena only what is fixed is read, and
// it does no harm if two threads do the same at once.
uintptr_t arena_commit(const struct ikyo_arena *arena, uintptr_t limit, uintptr_t last);

// Gives back what is usable beyond the first `kept` bytes, none of which is in a block.
void arena_decommit(struct ikyo_arena *arena, size_t kept);

// Of blocks, and usable.
static inline size_t arena_used(const struct ikyo_arena *arena)
{
    return arena->last + 1 - arena->bottom;
}

static inline size_t arena_committed(const struct ikyo_arena *arena)
{
    return arena->limit + 1 - arena->bottom;
}

// For a struct ikyo_allocator: does nothing, as blocks of arenas are not freed one by one.
void arena_deallocate(void *context, void *block, size_t size);

#endif
