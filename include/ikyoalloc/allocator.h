// SPDX-License-Identifier: MIT
// One small interface for everything that hands out memory: malloc, arenas, pools, heaps.
// Code that takes a `const struct ikyo_allocator *` works with any of them.
#ifndef IKYOALLOC_ALLOCATOR_H
#define IKYOALLOC_ALLOCATOR_H

#include "ikyoalloc/base.h"

#include <stddef.h>

IKYO_BEGIN_DECLS

// allocate returns at least `size` bytes, their contents undefined, at a multiple of `alignment`,
// a power of two. NULL if there is no memory or the alignment is no power of two; `errno` is
// unspecified then. A size of 0 is a block of its own.
// deallocate takes what allocate of the same allocator returned, with the size it was
// asked for, and NULL, which it ignores. Where blocks are not freed one by one (arenas,
// scopes) it does nothing. Thread-safety is that of what stands behind it; so is the time
// that both take. An allocator is two pointers to code and one to data: copy it freely,
// as long as what stands behind it lives.
struct ikyo_allocator {
    void *(*allocate)(void *context, size_t size, size_t alignment);
    void (*deallocate)(void *context, void *block, size_t size);
    void *context;
};

// malloc and free of this library, for any thread. Any alignment will do, and free, realloc and
// malloc_usable_size take its blocks. Static, never NULL.
IKYO_API const struct ikyo_allocator *ikyo_global_allocator(void);

// What the two pointers are called through. NULL as the allocator is the global one.
static inline void *ikyo_allocate(const struct ikyo_allocator *allocator, size_t size,
                                  size_t alignment)
{
    const struct ikyo_allocator *from = allocator != NULL ? allocator : ikyo_global_allocator();

    return from->allocate(from->context, size, alignment);
}

static inline void ikyo_deallocate(const struct ikyo_allocator *allocator, void *block, size_t size)
{
    const struct ikyo_allocator *from = allocator != NULL ? allocator : ikyo_global_allocator();

    from->deallocate(from->context, block, size);
}

IKYO_END_DECLS

#endif
