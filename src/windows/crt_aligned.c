// SPDX-License-Identifier: MIT
// The _aligned_ calls of Windows' C libraries.
//
// Without an offset, or with one that is a multiple of the alignment, an aligned block is a
// block like all others, and free takes it as well. With another offset it lies within a
// larger block, whose address stands in the word before it, and only _aligned_free takes it.
#include "windows/crt.h"

#include "alloc.h"
#include "base/limits.h"
#include "find.h"
#include "os/compiler.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

static void *fail(int error)
{
    errno = error;
    return NULL;
}

// The word before an aligned block that lies within another one.
static void **link_before(void *p)
{
    return (void **)((uintptr_t)p & ~(sizeof(void *) - 1)) - 1;
}

// The block in which an aligned block lies: as a rule itself.
static void *block_of(void *p)
{
    char *start;

    if ((uintptr_t)p % BLOCK_ALIGNMENT == 0 && find_block(p).kind != BLOCK_BAD) {
        return p;
    }
    start = *link_before(p);
    return (size_t)((char *)p - start) < alloc_usable_size(start) ? start : p;
}

static void *take_within(size_t size, size_t alignment, size_t offset)
{
    size_t room = alignment - 1 + 2 * sizeof(void *);
    size_t total;
    char *start, *p;

    if (__builtin_add_overflow(size, room, &total)) {
        return fail(ENOMEM);
    }
    start = alloc_block_for(total, CALL_ALIGNED);
    if (start == NULL) {
        return NULL;
    }
    p = start + 2 * sizeof(void *);
    p += -((uintptr_t)p + offset) & (alignment - 1);
    *link_before(p) = start;
    return p;
}

void *_aligned_offset_malloc(size_t size, size_t alignment, size_t offset)
{
    if (alignment == 0 || (alignment & (alignment - 1)) != 0 || (offset >= size && offset != 0)) {
        return fail(EINVAL);
    }
    if ((offset & (alignment - 1)) != 0) {
        return take_within(size, alignment, offset);
    }
    return alignment <= BLOCK_ALIGNMENT ? alloc_block_for(size, CALL_ALIGNED)
                                        : alloc_aligned(alignment, size, CALL_ALIGNED);
}

void _aligned_free(void *p)
{
    if (p != NULL) {
        free_block(block_of(p));
    }
}

static size_t usable_size(void *p)
{
    char *start = block_of(p);

    return alloc_usable_size(start) - (size_t)((char *)p - start);
}

size_t _aligned_msize(void *p, size_t alignment, size_t offset)
{
    (void)alignment;
    (void)offset;
    if (p == NULL) {
        errno = EINVAL;
        return (size_t)-1;
    }
    return usable_size(p);
}

// Stays while it is more than half used, else moves.
void *_aligned_offset_realloc(void *p, size_t size, size_t alignment, size_t offset)
{
    size_t usable;
    void *moved;

    if (p == NULL) {
        return _aligned_offset_malloc(size, alignment, offset);
    }
    if (size == 0) {
        _aligned_free(p);
        return NULL;
    }
    usable = usable_size(p);
    if (size <= usable && size > usable / 2 && (((uintptr_t)p + offset) & (alignment - 1)) == 0) {
        return p;
    }
    moved = _aligned_offset_malloc(size, alignment, offset);
    if (moved != NULL) {
        memcpy(moved, p, size < usable ? size : usable);
        _aligned_free(p);
    }
    return moved;
}

void *_aligned_offset_recalloc(void *p, size_t count, size_t size, size_t alignment, size_t offset)
{
    size_t total, usable, old = p != NULL ? usable_size(p) : 0;
    char *grown;

    if (__builtin_mul_overflow(count, size, &total)) {
        return fail(ENOMEM);
    }
    grown = _aligned_offset_realloc(p, total, alignment, offset);
    usable = grown != NULL ? usable_size(grown) : 0;
    old = old < total ? old : total;
    if (usable > old) {
        memset(grown + old, 0, usable - old);
    }
    return grown;
}

void *_aligned_malloc(size_t size, size_t alignment)
{
    return _aligned_offset_malloc(size, alignment, 0);
}

void *_aligned_realloc(void *p, size_t size, size_t alignment)
{
    return _aligned_offset_realloc(p, size, alignment, 0);
}

void *_aligned_recalloc(void *p, size_t count, size_t size, size_t alignment)
{
    return _aligned_offset_recalloc(p, count, size, alignment, 0);
}
