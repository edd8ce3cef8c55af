// SPDX-License-Identifier: MIT
// The names of ISO C, POSIX and BSD, as the C library has them, and nothing
// else: each is a thin call into alloc.h, which also sets errno.
//
// They call alloc.h, and but for reallocarray never each other by their public names,
// so a program that defines a part of this family does not get half of it from us.
#include "alloc.h"

#include "base/limits.h"
#include "checked.h"
#include "os/compiler.h"
#include "os/os.h"

#include <errno.h>
#include <stdint.h>

// Declared here and not by <stdlib.h>: no C library has them all, and what its
// headers promise of malloc, an alias would have to promise word for word.
void *malloc(size_t size);
void free(void *p);
void *calloc(size_t count, size_t size);
void *realloc(void *p, size_t size);
void *reallocarray(void *p, size_t count, size_t size);
void *memalign(size_t alignment, size_t size);
int posix_memalign(void **result, size_t alignment, size_t size);
void *valloc(size_t size);
void *pvalloc(size_t size);
size_t malloc_usable_size(void *p);
void free_sized(void *p, size_t size);
void free_aligned_sized(void *p, size_t alignment, size_t size);

static void *no_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

EXPORT void *malloc(size_t size)
{
    return alloc_block(size);
}

EXPORT void free(void *p)
{
    free_block(p);
}

EXPORT void *calloc(size_t count, size_t size)
{
    size_t total;

    if (unlikely(__builtin_mul_overflow(count, size, &total))) {
        return no_memory();
    }
    return alloc_zeroed(total);
}

EXPORT NOINLINE void *realloc(void *p, size_t size)
{
    return alloc_resize(p, size);
}

EXPORT void *reallocarray(void *p, size_t count, size_t size)
{
    size_t total;

    if (unlikely(__builtin_mul_overflow(count, size, &total))) {
        return no_memory();
    }
    // By its public name: valgrind puts its own realloc over ours, and knows no
    // reallocarray.
    return realloc(p, total);
}

// The smallest power of two that is not below a value of at most SIZE_MAX / 2 + 1.
static size_t round_up_to_power(size_t value)
{
    size_t power = BLOCK_ALIGNMENT;

    while (power < value) {
        power <<= 1;
    }
    return power;
}

// As in glibc: an alignment that is no power of two is rounded up to one.
EXPORT void *memalign(size_t alignment, size_t size)
{
    if (alignment <= BLOCK_ALIGNMENT) {
        return alloc_block_for(size, CALL_ALIGNED);
    }
    if (alignment > SIZE_MAX / 2 + 1) {
        errno = EINVAL;
        return NULL;
    }
    return alloc_aligned(round_up_to_power(alignment), size, CALL_ALIGNED);
}

EXPORT int posix_memalign(void **result, size_t alignment, size_t size)
{
    int saved = errno;
    void *p;

    if (alignment == 0 || alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0) {
        return EINVAL;
    }
    p = alignment <= BLOCK_ALIGNMENT ? alloc_block_for(size, CALL_ALIGNED)
                                     : alloc_aligned(alignment, size, CALL_ALIGNED);
    if (p == NULL) {
        errno = saved; // POSIX: the error is the result, errno is not touched
        return ENOMEM;
    }
    *result = p;
    return 0;
}

EXPORT void *valloc(size_t size)
{
    return alloc_aligned(os_page_size(), size, CALL_ALIGNED);
}

EXPORT void *pvalloc(size_t size)
{
    size_t page = os_page_size();
    size_t rounded;

    if (__builtin_add_overflow(size, page - 1, &rounded)) {
        return no_memory();
    }
    return alloc_aligned(page, rounded & ~(page - 1), CALL_ALIGNED);
}

EXPORT size_t malloc_usable_size(void *p)
{
    return alloc_usable_size(p);
}

// The size is a promise of the caller that only the checked modes look at: where it is
// broken nothing breaks.
EXPORT void free_sized(void *p, size_t size)
{
    if (unlikely(checked_mode()))
        checked_free_told(p, size, 0, CALL_FREE_SIZED);
    else
        free_block_for(p, CALL_FREE_SIZED);
}

EXPORT void free_aligned_sized(void *p, size_t alignment, size_t size)
{
    if (unlikely(checked_mode()))
        checked_free_told(p, size, alignment, CALL_FREE_ALIGNED_SIZED);
    else
        free_block_for(p, CALL_FREE_ALIGNED_SIZED);
}

// glibc's second names for the same calls. Programs that wrap malloc, and
// libraries that are bound to the C library first, come through these.
void *aligned_alloc(size_t alignment, size_t size) ALIAS(memalign);
void cfree(void *p) ALIAS(free);
void *__libc_malloc(size_t size) ALIAS(malloc);
void __libc_free(void *p) ALIAS(free);
void __libc_cfree(void *p) ALIAS(free);
void *__libc_calloc(size_t count, size_t size) ALIAS(calloc);
void *__libc_realloc(void *p, size_t size) ALIAS(realloc);
void *__libc_reallocarray(void *p, size_t count, size_t size) ALIAS(reallocarray);
void *__libc_memalign(size_t alignment, size_t size) ALIAS(memalign);
void *__libc_valloc(size_t size) ALIAS(valloc);
void *__libc_pvalloc(size_t size) ALIAS(pvalloc);
int __posix_memalign(void **result, size_t alignment, size_t size) ALIAS(posix_memalign);
