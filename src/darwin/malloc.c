// SPDX-License-Identifier: MIT
// The names of malloc on macOS. A library cannot define them for others there, as each image
// says from which library it wants a name; but one that is loaded at the start can list pairs
// of functions in a section, and dyld binds everyone else to the first of each pair.
//
// Inside this library the names stay those of the system. What is left out (strdup, the calls
// that name a zone, those with a type) ends in the default zone, which is ours as well.
#include "alloc.h"
#include "good_size.h"

#include "base/limits.h"
#include "os/compiler.h"
#include "os/os.h"

#include <errno.h>
#include <malloc/malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

extern void vfree(void *p); // in no header

static void *own_malloc(size_t size)
{
    return alloc_block(size);
}

static void own_free(void *p)
{
    free_block(p);
}

static void *own_calloc(size_t count, size_t size)
{
    size_t total;

    if (unlikely(__builtin_mul_overflow(count, size, &total))) {
        errno = ENOMEM;
        return NULL;
    }
    return alloc_zeroed(total);
}

// A size of 0 makes the block as small as can be, here.
static void *own_realloc(void *p, size_t size)
{
    return alloc_resize(p, size + (p != NULL && size == 0));
}

static void *own_reallocf(void *p, size_t size)
{
    void *moved = own_realloc(p, size);

    if (moved == NULL) {
        int saved = errno;

        free_block(p);
        errno = saved;
    }
    return moved;
}

static bool is_power_of_two(size_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

static void *own_aligned_alloc(size_t alignment, size_t size)
{
    if (!is_power_of_two(alignment) || size % alignment != 0) {
        errno = EINVAL;
        return NULL;
    }
    return alignment <= BLOCK_ALIGNMENT ? alloc_block_for(size, CALL_ALIGNED)
                                        : alloc_aligned(alignment, size, CALL_ALIGNED);
}

static int own_posix_memalign(void **result, size_t alignment, size_t size)
{
    int saved = errno;
    void *p;

    if (!is_power_of_two(alignment) || alignment < sizeof(void *))
        return EINVAL;
    p = alignment <= BLOCK_ALIGNMENT ? alloc_block_for(size, CALL_ALIGNED)
                                     : alloc_aligned(alignment, size, CALL_ALIGNED);
    if (p == NULL) {
        errno = saved; // POSIX: the error is the result, errno is not touched
        return ENOMEM;
    }
    *result = p;
    return 0;
}

static void *own_valloc(size_t size)
{
    return alloc_aligned(os_page_size(), size, CALL_ALIGNED);
}

static size_t own_size(const void *p)
{
    return alloc_usable_size(p);
}

static size_t own_good_size(size_t size)
{
    return good_size(size);
}

typedef void (*any_function)(void);

#define PAIR(ours, system) {(any_function)(ours), (any_function)(system)}

__attribute__((used, section("__DATA,__interpose"))) static const struct {
    any_function ours, system;
} pairs[] = {
    PAIR(own_malloc, malloc),
    PAIR(own_free, free),
    PAIR(own_calloc, calloc),
    PAIR(own_realloc, realloc),
    PAIR(own_reallocf, reallocf),
    PAIR(own_aligned_alloc, aligned_alloc),
    PAIR(own_posix_memalign, posix_memalign),
    PAIR(own_valloc, valloc),
    PAIR(own_free, vfree),
    PAIR(own_size, malloc_size),
    PAIR(own_good_size, malloc_good_size),
};
