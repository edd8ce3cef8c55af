// SPDX-License-Identifier: MIT
// Names of BSD and macOS that other libraries use for functions of their own,
// so they are offered to a program that links the archive, and never preloaded.
#include "alloc.h"
#include "good_size.h"

#include "os/compiler.h"

#include <errno.h>
#include <string.h>

size_t malloc_size(const void *p);
size_t malloc_good_size(size_t size);
int reallocarr(void *p, size_t count, size_t size);
void *reallocf(void *p, size_t size);
void vfree(void *p);

EXPORT size_t malloc_size(const void *p)
{
    return alloc_usable_size(p);
}

EXPORT size_t malloc_good_size(size_t size)
{
    return good_size(size);
}

// NetBSD: `p` is the address of the pointer, which is replaced on success; the
// result is 0 or an error number, and errno is not touched. A total of 0 frees.
EXPORT int reallocarr(void *p, size_t count, size_t size)
{
    int saved = errno;
    void *block;
    size_t total;

    if (__builtin_mul_overflow(count, size, &total)) {
        return EOVERFLOW;
    }
    memcpy(&block, p, sizeof block); // its type is unknown, and it may be any
    block = alloc_resize(block, total);
    errno = saved;
    if (block == NULL && total != 0) {
        return ENOMEM;
    }
    memcpy(p, &block, sizeof block);
    return 0;
}

// FreeBSD: realloc, but the old block is freed on failure as well.
EXPORT void *reallocf(void *p, size_t size)
{
    void *moved = alloc_resize(p, size);

    if (moved == NULL && size != 0) {
        int saved = errno;

        free_block(p);
        errno = saved;
    }
    return moved;
}

EXPORT void vfree(void *p)
{
    free_block(p);
}
