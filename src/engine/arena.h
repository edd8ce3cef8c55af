// SPDX-License-Identifier: MIT
// What the three kinds of arena share: where a block goes, and how its memory comes and goes.
//
//   bottom                     next             limit         top
//   | blocks, the newest last  | usable, free   | no access   |
//
// Everything is an address, as in struct ikyo_arena; limit, bottom and top are on pages.
#ifndef ENGINE_ARENA_H
#define ENGINE_ARENA_H

#include "ikyoalloc/arena.h"

// Reserves the address space of an arena that has none. False: nothing is written.
bool arena_reserve(struct ikyo_arena *arena, size_t size);
void arena_release(struct ikyo_arena *arena);

// Where a block goes that starts at or behind `next` and ends at or below `top`; 0 if it has no
// room, or the alignment is none.
uintptr_t arena_place(uintptr_t next, uintptr_t top, size_t size, size_t alignment);

// Makes memory usable from `limit` up to `end` at least, and returns the new limit; 0 when the
// system has no memory. limit < end <= top. Of the arena only what is fixed is read, and it does
// no harm if two threads do the same at once.
uintptr_t arena_commit(const struct ikyo_arena *arena, uintptr_t limit, uintptr_t end);

// Gives back what is usable beyond the first `kept` bytes, none of which is in a block.
void arena_decommit(struct ikyo_arena *arena, size_t kept);

// For a struct ikyo_allocator: does nothing, as blocks of arenas are not freed one by one.
void arena_deallocate(void *context, void *block, size_t size);

#endif
