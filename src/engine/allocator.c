// SPDX-License-Identifier: MIT
#include "ikyoalloc/allocator.h"

#include "alloc.h"

static void *allocate(void *context, size_t size, size_t alignment)
{
    (void)context;
    if (alignment == 0 || (alignment & (alignment - 1)) != 0)
        return NULL;
    return alignment <= BLOCK_ALIGNMENT ? alloc_block(size)
                                        : alloc_aligned(alignment, size, CALL_ALIGNED);
}

static void deallocate(void *context, void *block, size_t size)
{
    (void)context;
    (void)size;
    free_block(block);
}

EXPORT const struct ikyo_allocator *ikyo_global_allocator(void)
{
    static const struct ikyo_allocator global = {allocate, deallocate, NULL};

    return &global;
}
