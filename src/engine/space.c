// SPDX-License-Identifier: MIT
// The public calls of spaces: what is asked of whom, and what is refused.
#include "ikyoalloc/space.h"

#include "alloc.h"
#include "checked.h"
#include "init.h"
#include "os/compiler.h"
#include "space.h"

#include <errno.h>
#include <stdint.h>

EXPORT struct ikyo_space *ikyo_space_create(const struct ikyo_space_options *set)
{
    init_ensure();
    return space_create(set);
}

EXPORT void ikyo_space_destroy(struct ikyo_space *space)
{
    int saved = errno;

    if (space != NULL && !space_end(space, true))
        report_ended_space("ikyo_space_destroy", space);
    errno = saved;
}

EXPORT void ikyo_space_reset(struct ikyo_space *space)
{
    int saved = errno;

    if (!space_end(space, false))
        report_ended_space("ikyo_space_reset", space);
    errno = saved;
}

static inline void *take(struct ikyo_space *space, size_t size, size_t alignment, bool zero)
{
    if (unlikely(checked_mode()))
        return checked_alloc_in(space, size, alignment, zero);
    return space_alloc(space,
                       &(struct request){size, alignment, bin_of_aligned(size, alignment), zero});
}

EXPORT void *ikyo_space_alloc(struct ikyo_space *space, size_t size)
{
    return take(space, size, BLOCK_ALIGNMENT, false);
}

EXPORT void *ikyo_space_alloc_zeroed(struct ikyo_space *space, size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return take(space, bytes, BLOCK_ALIGNMENT, true);
}

EXPORT void *ikyo_space_alloc_aligned(struct ikyo_space *space, size_t size, size_t alignment)
{
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
        errno = EINVAL;
        return NULL;
    }
    return take(space, size, alignment < BLOCK_ALIGNMENT ? BLOCK_ALIGNMENT : alignment, false);
}

// True for the start of a block of the space. What is no block, or free, is reported as free
// would; what belongs elsewhere stays there.
static bool is_of(struct ikyo_space *space, void *p, enum call call)
{
    struct found f = find_block(p);

    if (space != NULL && find_space_of(&f) == space)
        return true;
    if (space != NULL && !space_is_live(space))
        report_ended_space(call_table[call].name, space);
    else if (f.kind == BLOCK_BAD)
        free_block_for(p, call);
    else
        report_other_space(call_table[call].name, p);
    return false;
}

// What is not a small block of the space, or is none any more.
static NOINLINE void free_other(struct ikyo_space *space, void *block)
{
    int saved = errno;

    if (is_of(space, block, CALL_SPACE_FREE))
        free_block_for(block, CALL_SPACE_FREE);
    errno = saved;
}

EXPORT void ikyo_space_free(struct ikyo_space *space, void *block)
{
    struct desc *d = find_slab_around(block);

    if (likely(d != NULL && space != NULL && find_space(d) == space && !checked_mode()) &&
        likely(space_free_block(d, block)))
        return;
    if (block != NULL)
        free_other(space, block);
}

EXPORT void *ikyo_space_realloc(struct ikyo_space *space, void *block, size_t size)
{
    if (block == NULL)
        return ikyo_space_alloc(space, size);
    if (!is_of(space, block, CALL_SPACE_REALLOC))
        return NULL;
    return alloc_resize(block, size);
}

EXPORT struct ikyo_space *ikyo_space_of(const void *p)
{
    struct found f;

    if (p == NULL)
        return NULL;
    f = find_block(p);
    return find_space_of(&f);
}

EXPORT bool ikyo_space_owns(const struct ikyo_space *space, const void *p)
{
    return space != NULL && ikyo_space_of(p) == space;
}

EXPORT void ikyo_space_set_limit(struct ikyo_space *space, size_t limit)
{
    space_set_limit(space, limit);
}

EXPORT size_t ikyo_space_limit(struct ikyo_space *space)
{
    return space_figures(space).limit;
}

EXPORT struct ikyo_space_figures ikyo_space_stats(struct ikyo_space *space)
{
    return space_figures(space);
}

static void *allocate(void *context, size_t size, size_t alignment)
{
    return ikyo_space_alloc_aligned(context, size, alignment);
}

static void deallocate(void *context, void *block, size_t size)
{
    (void)size;
    ikyo_space_free(context, block);
}

EXPORT struct ikyo_allocator ikyo_space_allocator(struct ikyo_space *space)
{
    return (struct ikyo_allocator){allocate, deallocate, space};
}
