// SPDX-License-Identifier: MIT
// Memory for the time of a request: blocks of any size, all released at once.
//
// A scope asks for memory in pieces, each twice the last, and cuts blocks from the newest:
// a block costs a few instructions, inline, and has no header. What a request needed is
// kept for the next one, within a bound. A scope belongs to one thread at a time. `errno` is
// left as the allocator behind it leaves it.
#ifndef IKYOALLOC_SCOPE_H
#define IKYOALLOC_SCOPE_H

#include "ikyoalloc/allocator.h"
#include "ikyoalloc/base.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

IKYO_BEGIN_DECLS

// What the inline call works on. For it alone: the rest of a scope is behind it.
struct ikyo_scope {
    uintptr_t last;  // of the newest piece: the last byte that is in a block, or is its record
    uintptr_t limit; // and the last one of it
};

// All sizes are bytes.
struct ikyo_scope_figures {
    size_t used;   // handed out since the last release, with what alignment left unused
    size_t bytes;  // in the pieces
    size_t pieces; // blocks asked for
};

// The first piece will have `first` bytes (256 at least), or 4 KiB if that is 0, the next ones
// twice as many each, to 1 MiB or `first`; a block that is larger than the next piece has one of
// its own. No piece is asked for before the first block. The memory comes from `from`, which is
// copied, and what is behind it must live as long as the scope; NULL is the global allocator. NULL
// if there is no memory, or `first` is more than there can be.
IKYO_API struct ikyo_scope *ikyo_scope_create(size_t first, const struct ikyo_allocator *from);

// Gives all memory of the scope back; its blocks are gone. NULL is ignored.
IKYO_API void ikyo_scope_destroy(struct ikyo_scope *scope);

// What ikyo_scope_alloc does when the newest piece has no room. `last` is what scope->last would be
// after it, as a number that may have wrapped: the size is what the alignment leaves of it.
IKYO_API void *ikyo_scope_alloc_slow(struct ikyo_scope *scope, uintptr_t last, size_t alignment);

// At least `size` bytes, with any contents, at a multiple of `alignment`, until the next
// release; 0 is a block of its own. NULL if there is no memory or the alignment is no power
// of two: the scope is as before. O(1), but for the calls that need a new piece.
static inline void *ikyo_scope_alloc(struct ikyo_scope *scope, size_t size, size_t alignment)
{
    // As in an arena, but that a size of 0 is for the slow path as well.
    uintptr_t before = scope->last | (alignment - 1), last = before + size;

    if (IKYO_RARELY(last <= before || last > scope->limit || (alignment & (alignment - 1)) != 0))
        return ikyo_scope_alloc_slow(scope, last, alignment);
    scope->last = last;
    return (void *)(before + 1);
}

// Ends all blocks at once. Of the pieces it keeps the largest one that has at most 64 KiB,
// or `first` bytes, and gives the others back: O(pieces).
IKYO_API void ikyo_scope_release_all(struct ikyo_scope *scope);

// All zero for NULL. O(pieces).
IKYO_API struct ikyo_scope_figures ikyo_scope_stats(const struct ikyo_scope *scope);

// The scope behind the common interface; its deallocate does nothing.
IKYO_API struct ikyo_allocator ikyo_scope_allocator(struct ikyo_scope *scope);

IKYO_END_DECLS

#endif
