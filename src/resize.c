// SPDX-License-Identifier: MIT
// realloc and malloc_usable_size: in place where the block has room, by moving
// page tables where that is cheaper than copying, else by a copy.
#include "alloc.h"

#include "binned/slab.h"
#include "checked.h"
#include "debug/sample.h"
#include "find.h"
#include "foreign.h"
#include "init.h"
#include "large/huge.h"
#include "space.h"
#include "vm/pages.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

// Blocks from this size are moved rather than copied, unless there is free memory that is
// resident to copy into: a page that was moved out and freed costs a fault to have again,
// which is five times the cost of copying it.
#define MOVE_LEAST MIB

static NOINLINE size_t usable_size_slow(const void *p)
{
    struct found f;

    if (p == NULL)
        return 0;
    f = find_block(p);
    if (f.usable != 0)
        return f.usable;
    if (f.kind == BLOCK_FOREIGN)
        return foreign_usable_size(p);
    if (f.kind == BLOCK_SAMPLED)
        return sample_size(p, &f.usable, CALL_USABLE_SIZE, __builtin_frame_address(0)) ? f.usable
                                                                                       : 0;
    report_invalid_pointer("malloc_usable_size", p);
    return 0;
}

size_t alloc_usable_size(const void *p)
{
    const struct desc *d;

    if (unlikely(checked_mode()))
        return checked_usable_size(p);
    d = find_slab(p);
    return likely(d != NULL) ? bin_divisors[d->bin].size : usable_size_slow(p);
}

// A block that shrinks may as well stay: at_limit, which may be who shrinks it, is not asked.
static void *alloc_in(struct ikyo_space *s, size_t size, bool shrinks)
{
    struct request r = {size, BLOCK_ALIGNMENT, bin_of_aligned(size, BLOCK_ALIGNMENT), false};

    if (unlikely(checked_mode())) // which the block to be resized is older than
        return checked_alloc_in(s, size, BLOCK_ALIGNMENT, false);
    return shrinks ? space_try_alloc(s, &r) : space_alloc(s, &r);
}

// A block of a space (s, else NULL) stays there. One that shrinks stays where it lies if there
// is no room for a copy.
static void *copy(struct ikyo_space *s, void *p, size_t usable, size_t size)
{
    void *q = likely(s == NULL) ? alloc_block(size) : alloc_in(s, size, size <= usable);

    if (q == NULL)
        return size <= usable ? p : NULL;
    memcpy(q, p, usable < size ? usable : size);
    free_block(p);
    return q;
}

// Who grows a block by little goes on to: it gets at least a quarter more than it had, so
// that a text built in pieces is not copied with each of them. In a space, which may have a
// limit, it gets what was asked for.
static void *grow(struct ikyo_space *s, void *p, size_t usable, size_t size)
{
    size_t more = usable + usable / 4;

    return copy(s, p, usable, s == NULL && size < more && more <= BIN_MAX ? more : size);
}

static bool resize_run_in_place(struct ikyo_space *s, struct desc *d, size_t size)
{
    return s != NULL ? space_resize_run(s, d, size) : run_resize(d, size);
}

// What could not be copied gives back the pages behind what is left of it.
static void *copy_run(struct ikyo_space *s, struct desc *d, void *p, size_t usable, size_t size)
{
    void *q = copy(s, p, usable, size);

    if (unlikely(q == p))
        resize_run_in_place(s, d, size);
    return q;
}

static void *resize_run(struct desc *d, void *p, size_t usable, size_t size)
{
    struct ikyo_space *s = find_space(d);

    if (size > BIN_MAX && size <= run_limit() && resize_run_in_place(s, d, size))
        return p;
    if (s == NULL && size > usable && usable >= MOVE_LEAST &&
        (size > run_limit() || !pages_have_dirty(size))) {
        void *q = huge_move_in(p, usable, size);

        if (q != NULL) {
            run_vacate(d);
            return q;
        }
    }
    return copy_run(s, d, p, usable, size);
}

static void *resize_huge_as_one(struct ikyo_space *s, struct huge *h, size_t size)
{
    return s != NULL ? space_resize_huge(s, h, size) : huge_resize(h, size);
}

static void *resize_huge(const struct found *f, void *p, size_t size)
{
    struct ikyo_space *s = find_space_of(f);
    void *q;

    if (size >= MOVE_LEAST || size >= f->usable / 2) {
        q = resize_huge_as_one(s, f->record, size);
        if (q != NULL)
            return q;
    }
    q = copy(s, p, f->usable, size);
    if (unlikely(q == p))
        resize_huge_as_one(s, f->record, size);
    return q;
}

// A block keeps its place while it is more than half used.
static bool stays(const struct desc *d, size_t usable, size_t size)
{
    return size <= usable && (size > usable / 2 || bin_of(size) == d->bin);
}

void *alloc_resize_large(const struct found *f, void *p, size_t size)
{
    struct ikyo_space *s = find_space_of(f);

    if (f->kind == BLOCK_HUGE)
        return resize_huge_as_one(s, f->record, size);
    return resize_run_in_place(s, f->d, size) ? p : NULL;
}

static void *resize_sampled(void *p, size_t size)
{
    size_t now;

    if (!sample_size(p, &now, CALL_REALLOC, __builtin_frame_address(0)))
        return NULL;
    return copy(NULL, p, now, size);
}

static void *resize_found(const struct found *f, void *p, size_t size)
{
    switch (f->kind) {
    case BLOCK_SLAB:
        return stays(f->d, f->usable, size) ? p : copy(find_space(f->d), p, f->usable, size);
    case BLOCK_RUN:
        return resize_run(f->d, p, f->usable, size);
    case BLOCK_HUGE:
        return resize_huge(f, p, size);
    case BLOCK_SAMPLED:
        return resize_sampled(p, size);
    case BLOCK_FOREIGN:
        return foreign_resize(p, size);
    case BLOCK_BAD:
        report_invalid_pointer("realloc", p);
        break;
    }
    return NULL;
}

static NOINLINE void *resize_slow(void *p, size_t size)
{
    struct found f = find_block(p);
    int saved = errno;
    void *q;

    if (size > PTRDIFF_MAX && f.kind != BLOCK_FOREIGN) {
        errno = ENOMEM;
        return NULL;
    }
    q = resize_found(&f, p, size);
    if (q != NULL)
        errno = saved;
    else if (f.usable != 0)
        errno = ENOMEM;
    return q;
}

static inline void *resize_unchecked(void *p, size_t size)
{
    const struct desc *d = find_slab(p);

    if (likely(d != NULL)) {
        size_t usable = bin_divisors[d->bin].size;

        if (stays(d, usable, size))
            return p;
        if (size > usable && size <= PTRDIFF_MAX)
            return grow(find_space(d), p, usable, size);
    }
    return resize_slow(p, size);
}

void *alloc_resize_unchecked(void *p, size_t size)
{
    return resize_unchecked(p, size);
}

void *alloc_resize(void *p, size_t size)
{
    if (unlikely(checked_mode()))
        return checked_resize(p, size);
    if (p == NULL)
        return alloc_block(size);
    if (size == 0) {
        free_block(p);
        return NULL;
    }
    return resize_unchecked(p, size);
}
