// SPDX-License-Identifier: MIT
// Spaces: heaps of their own, for the parts of a program that must not take each other's memory,
// whose use is to be known and bounded, or that end all at once.
//
// A space hands out blocks of any size, to any number of threads at once. They are blocks like
// those of malloc: free, realloc and malloc_usable_size take them too, from any thread, and
// realloc keeps them in their space. No memory of a space serves another one, or malloc, before
// it is given back as a whole slab or large block. One lock guards each space. After a fork the
// child has all spaces whole, but for large blocks that other threads were just taking, resizing
// or freeing: no space has them there, or is charged for them.
//
// All sizes are bytes. Blocks are aligned to 16, unless asked for otherwise. Those that the
// process runs out of memory for, or a space's limit, are NULL with errno ENOMEM. Blocks are
// charged what they have room for: the size rounded up as by malloc_usable_size. The checks of
// docs/debug.md look at them too; the options `sample` and `perturb` leave them alone, but for
// what free itself overwrites.
#ifndef IKYOALLOC_SPACE_H
#define IKYOALLOC_SPACE_H

#include "ikyoalloc/allocator.h"
#include "ikyoalloc/base.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

IKYO_BEGIN_DECLS

struct ikyo_space;

struct ikyo_space_options {
    size_t limit; // of the bytes in blocks; 0: none
    // Called when a block of `size` bytes would exceed the limit, in the thread that asks for it,
    // which holds no lock: it may free, raise the limit, and allocate elsewhere. True: the space
    // tries again. NULL: it never does. A block that shrinks stays where it lies, as short as it
    // can be there, and does not ask it; the checked modes, which would rather copy, ask first.
    bool (*at_limit)(struct ikyo_space *space, size_t size, void *context);
    void *context;
};

struct ikyo_space_figures {
    size_t bytes;         // in blocks that the program holds
    size_t peak_bytes;    // the most that these were
    size_t blocks;        // that the program holds
    size_t held_bytes;    // that no one else can use: slabs, whole, and large blocks
    size_t limit;         // 0: none
    uint64_t allocations; // blocks handed out since it was created
};

// A space without a block. The options are copied; NULL is all zero. NULL and ENOMEM: no memory.
IKYO_API struct ikyo_space *ikyo_space_create(const struct ikyo_space_options *options);

// Ends the space and all its blocks: O(slabs and large blocks), and in the checked modes O(blocks).
// No other thread uses the space or a block of it any more. NULL is ignored. Until the next space
// is created, which may get its address, an ended one is known: _alloc and its kin, _realloc,
// _free, _reset and _destroy report it, its limit and figures are 0, and it gets no limit.
IKYO_API void ikyo_space_destroy(struct ikyo_space *space);

// Ends all its blocks as destroy does, but not the space.
IKYO_API void ikyo_space_reset(struct ikyo_space *space);

// As malloc, calloc and aligned_alloc. An alignment that is no power of two: NULL and EINVAL.
IKYO_API void *ikyo_space_alloc(struct ikyo_space *space, size_t size);
IKYO_API void *ikyo_space_alloc_zeroed(struct ikyo_space *space, size_t count, size_t size);
IKYO_API void *ikyo_space_alloc_aligned(struct ikyo_space *space, size_t size, size_t alignment);

// As realloc, for a block of this space or NULL. While a block moves it counts twice.
IKYO_API void *ikyo_space_realloc(struct ikyo_space *space, void *block, size_t size);

// As free, and faster for blocks of a space. A block that is not of this space is reported, and
// stays as it is. NULL is ignored.
IKYO_API void ikyo_space_free(struct ikyo_space *space, void *block);

// The space that has the block that starts at p; NULL: it is of malloc, or no block of ours. Any
// pointer may be asked about. A small block may be free.
IKYO_API struct ikyo_space *ikyo_space_of(const void *p);
IKYO_API bool ikyo_space_owns(const struct ikyo_space *space, const void *p);

// The limit, as in the options. Below what is in use no further block is handed out.
IKYO_API void ikyo_space_set_limit(struct ikyo_space *space, size_t limit);
IKYO_API size_t ikyo_space_limit(struct ikyo_space *space);

IKYO_API struct ikyo_space_figures ikyo_space_stats(struct ikyo_space *space);

// The space behind the common interface. Any thread.
IKYO_API struct ikyo_allocator ikyo_space_allocator(struct ikyo_space *space);

IKYO_END_DECLS

#endif
