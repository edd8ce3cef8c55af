// SPDX-License-Identifier: MIT
// Arenas: memory for what ends at one time, as all of a level, of a file, of a frame.
//
// An arena reserves address space once and makes it usable in growing steps. A block is the
// next bytes of it: that takes a few instructions, inline, and no header; blocks are not freed
// one by one. All sizes are bytes. Contents of new blocks are undefined. An arena and a frame arena
// belong to one thread at a time; a shared arena serves many at once. Their memory is not in
// the figures of stats.h. Calls that ask the system leave `errno` unspecified.
#ifndef IKYOALLOC_ARENA_H
#define IKYOALLOC_ARENA_H

#include "ikyoalloc/allocator.h"
#include "ikyoalloc/base.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

IKYO_BEGIN_DECLS

// For the inline call alone, which needs the first two fields. These name the bytes in front of
// where something starts, as the last byte before an aligned one is had by a single OR.
struct ikyo_arena {
    uintptr_t last;   // the last byte that is in a block
    uintptr_t limit;  // the last usable byte
    uintptr_t bottom; // fixed: where the reservation starts
    uintptr_t top;    // fixed: where it ends
    size_t peak;      // the most that was used, when some of it was last given up
};

struct ikyo_arena_figures {
    size_t used;      // by blocks, and by what their alignment left between them
    size_t committed; // usable without asking the system
    size_t peak;      // the most that `used` has been
    size_t reserved;  // all there can ever be
};

// Reserves `reserve` bytes, rounded up to whole pages, of address space; but for a small record,
// no memory is used until the first block. NULL for 0, and when the system has no such range.
IKYO_API struct ikyo_arena *ikyo_arena_create(size_t reserve);

// Gives memory and address space back; all blocks are gone. NULL is ignored.
IKYO_API void ikyo_arena_destroy(struct ikyo_arena *arena);

// What ikyo_arena_alloc does when the block is not in usable memory. `last` is what arena->last
// would be after it, as a number that may have wrapped: the size is what the alignment leaves of
// it.
IKYO_API void *ikyo_arena_alloc_slow(struct ikyo_arena *arena, uintptr_t last, size_t alignment);

// `size` bytes at a multiple of `alignment`, a power of two. A size of 0 is an address with no
// byte of its own. NULL when the reservation has no such room, the system no memory, or the
// alignment is no power of two: the arena is as before. O(1), but for a system call at each growing
// step.
static inline void *ikyo_arena_alloc(struct ikyo_arena *arena, size_t size, size_t alignment)
{
    // An alignment of 0 makes this the last byte there can be: `last` is that or wraps.
    uintptr_t before = arena->last | (alignment - 1), last = before + size;

    if (IKYO_RARELY(last < before || last > arena->limit || (alignment & (alignment - 1)) != 0))
        return ikyo_arena_alloc_slow(arena, last, alignment);
    arena->last = last;
    return (void *)(before + 1);
}

// An array of `count` elements of `size` bytes. NULL also when their product overflows.
static inline void *ikyo_arena_alloc_array(struct ikyo_arena *arena, size_t count, size_t size,
                                           size_t alignment)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return ikyo_arena_alloc(arena, count * size, alignment);
}

// Ends all blocks. The first MiB of memory stays for the next ones, with any contents, and what is
// above that goes back, by a system call that takes some fifty microseconds for each MiB that was
// written; where there is nothing above, O(1). In the modes hardened and full all memory goes back,
// so that blocks that are used after the reset fault.
IKYO_API void ikyo_arena_reset(struct ikyo_arena *arena);

// Gives back all memory behind the newest block, one system call; the address space stays.
IKYO_API void ikyo_arena_trim(struct ikyo_arena *arena);

// Ends the blocks that were handed out since ikyo_arena_mark returned `mark`; the memory stays
// for the next ones. False, and nothing is done, when the arena has less in use than at `mark`:
// it was rewound further or reset since. O(1).
IKYO_API size_t ikyo_arena_mark(const struct ikyo_arena *arena);
IKYO_API bool ikyo_arena_rewind(struct ikyo_arena *arena, size_t mark);

// All zero for NULL. O(1).
IKYO_API struct ikyo_arena_figures ikyo_arena_stats(const struct ikyo_arena *arena);

// The arena behind the common interface. Its deallocate does nothing.
IKYO_API struct ikyo_allocator ikyo_arena_allocator(struct ikyo_arena *arena);

// An arena whose blocks all end with the frame, which is over many times a second.
// `&frame->arena` may be passed to the calls above, but not to ikyo_arena_destroy.
struct ikyo_frame_arena {
    struct ikyo_arena arena;
    size_t hot; // what frames use of late: the largest, less 1/64 for each frame since
};

// As ikyo_arena_create and ikyo_arena_destroy.
IKYO_API struct ikyo_frame_arena *ikyo_frame_arena_create(size_t reserve);
IKYO_API void ikyo_frame_arena_destroy(struct ikyo_frame_arena *frame);

// As ikyo_arena_alloc; the block lives until ikyo_frame_arena_end.
static inline void *ikyo_frame_arena_alloc(struct ikyo_frame_arena *frame, size_t size,
                                           size_t alignment)
{
    return ikyo_arena_alloc(&frame->arena, size, alignment);
}

// Ends all blocks of the frame. The memory stays for the next frame, so that no call of the
// system is made and no page is touched, while it is at most twice what frames use of late;
// what is above that goes back, and so does what is above 64 MiB in any case. O(1) as a rule.
IKYO_API void ikyo_frame_arena_end(struct ikyo_frame_arena *frame);

// Calls run(frame, context) with a frame arena that is destroyed when it returns, of `reserve`
// bytes, or 64 MiB if that is 0. False when there is no such arena: `run` is not called then.
// It must not be left by an exception or longjmp.
IKYO_API bool ikyo_with_frame_arena(size_t reserve,
                                    void (*run)(struct ikyo_frame_arena *frame, void *context),
                                    void *context);

// An arena that any threads allocate from at once, without locks. All of them write the same
// word, so threads that allocate all the time fare better with an arena each. Blocks are handed
// to other threads as those of malloc are. All other calls need the arena for themselves, but
// for ikyo_shared_arena_stats, whose figures then are of slightly different moments.
struct ikyo_shared_arena;

// As their namesakes above.
IKYO_API struct ikyo_shared_arena *ikyo_shared_arena_create(size_t reserve);
IKYO_API void ikyo_shared_arena_destroy(struct ikyo_shared_arena *arena);
IKYO_API void *ikyo_shared_arena_alloc(struct ikyo_shared_arena *arena, size_t size,
                                       size_t alignment);
IKYO_API void ikyo_shared_arena_reset(struct ikyo_shared_arena *arena);
IKYO_API struct ikyo_arena_figures ikyo_shared_arena_stats(const struct ikyo_shared_arena *arena);
IKYO_API struct ikyo_allocator ikyo_shared_arena_allocator(struct ikyo_shared_arena *arena);

IKYO_END_DECLS

#endif
