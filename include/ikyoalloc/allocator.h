// SPDX-License-Identifier: MIT
// One small interface for everything that hands out memory: malloc, arenas, pools, heaps.
// Code that takes a `const struct ikyo_allocator *` works with any of them.
#ifndef IKYOALLOC_ALLOCATOR_H
#define IKYOALLOC_ALLOCATOR_H

#include "ikyoalloc/base.h"

#include <stddef.h>

IKYO_BEGIN_DECLS

// allocate returns at least `size` bytes at a multiple of `alignment`, a power of two, or
// NULL: no memory, or an alignment that is none. A size of 0 is a block of its own.
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

// malloc and free of this library. Any thread. Static, never NULL.
IKYO_API const struct ikyo_allocator *ikyo_global_allocator(void);

// The calls, for readers of code that uses the interface. `allocator` may be NULL: the
// global one.
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
