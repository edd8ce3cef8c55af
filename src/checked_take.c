// SPDX-License-Identifier: MIT
#include "checked_take.h"

#include "checked.h"
#include "debug/record.h"
#include "debug/sample.h"
#include "find.h"
#include "large/registry.h"
#include "large/run.h"
#include "route.h"
#include "tls/quick.h"
#include "tls/thread.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

// Blocks go out by the thread's own cache if it can, without the steps of the long way.
static void *take_small(size_t size, size_t alignment, unsigned bin)
{
    struct thread_cache *t = thread_own();
    struct block *b;

    if (t != NULL) {
        b = t->head[bin];
        if (b != NULL) {
            t->head[bin] = b->next;
            return b;
        }
        b = quick_refill(t, bin);
        if (b != NULL)
            return b;
    }
    return route_alloc_aligned(size, alignment, bin);
}

static void *take(size_t size, size_t alignment, bool *zeroed)
{
    unsigned bin = bin_of_aligned(size, alignment);

    // In full, medium blocks get pages of their own, which guards go between.
    if (checked_is_full() && size >= UNIT)
        bin = BIN_COUNT;
    *zeroed = bin == BIN_COUNT;
    if (*zeroed)
        return route_alloc(&(struct request){size, alignment, BIN_COUNT, true});
    return take_small(size, alignment, bin);
}

static void *take_sampled(struct visit *v, size_t size, size_t alignment)
{
    bool any = v->call != CALL_ALIGNED && alignment == BLOCK_ALIGNMENT;

    return sample_alloc(size, any ? 1 : alignment, v->call, v->frame);
}

// Bytes of a block that was just taken. A run that was kept for reuse may be much longer
// than asked for, and would be canary to its end.
static size_t fit(void *p, size_t size)
{
    struct found f = find_block(p);

    if (f.kind != BLOCK_RUN || f.usable - size < GRANULE)
        return f.usable;
    run_resize(f.d, size);
    return run_usable_size(f.d);
}

// A block that was free may have a tag of its former life, or none; all else was written by
// somebody who should not.
static bool was_let_alone(struct visit *v, void *p, size_t usable, const struct tag *tag)
{
    if (likely(tag->state == TAG_FREED))
        return visit_untouched(v, p, usable, CORE_BYTES, usable - TAG_BYTES, tag);
    if (tag->state != TAG_BLANK)
        visit_report(v, FOUND_WRITE_AFTER_FREE, p, usable, tag, (char *)p + usable - TAG_BYTES,
                     TAG_BYTES);
    return false;
}

// What the bytes of a block read that is about to go out. After a finding it goes out all
// the same, with what was written gone.
static void prepare(struct visit *v, void *p, size_t size, size_t usable, bool zeroed, bool zero)
{
    bool clean = zeroed;

    if (!zeroed) {
        struct tag tag = tag_read(p, usable);

        clean = was_let_alone(v, p, usable, &tag) && !checked_is_full();
    }
    if (checked_is_full() && !zero && size <= POISON_MOST)
        memset(p, POISON_NEW, size);
    else if (!clean)
        memset(p, 0, size);
    else if (!zeroed)
        memset(p, 0, CORE_BYTES); // all else reads zero
}

static unsigned shift_of(size_t alignment)
{
    return (unsigned)__builtin_ctzll(alignment);
}

static bool keep_record(const struct visit *v, const void *p, size_t size, enum family family)
{
    struct record r = {.start = (uintptr_t)p,
                       .size = size,
                       .family = (uint8_t)family,
                       .allocated = v->now};

    if (v->source != NULL)
        r.source = *v->source;
    return record_put(&r);
}

// A large block may be one that was out before the options were read, and had none.
static void note_tag(const void *p)
{
    struct found f = find_block(p);

    if (f.kind == BLOCK_RUN)
        f.d->space |= SPACE_CHECKED;
    else if (f.kind == BLOCK_HUGE)
        f.record->space |= SPACE_CHECKED;
}

bool checked_dress(struct visit *v, void *p, size_t usable, size_t size, size_t alignment)
{
    struct tag tag = {.state = TAG_LIVE,
                      .family = call_table[v->call].family,
                      .alignment_shift = shift_of(alignment),
                      .size = size};

    if (find_slab(p) == NULL)
        note_tag(p);
    tag_write(p, usable, &tag);
    // Last, for who looks at all blocks goes by the records.
    if (!checked_is_full() || keep_record(v, p, size, tag.family))
        return true;
    tag_blank(p, usable);
    return false;
}

static void *no_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

void *checked_take(struct visit *v, size_t size, size_t alignment, bool zero)
{
    const struct desc *d;
    bool zeroed;
    size_t usable;
    void *p;

    if (size > PTRDIFF_MAX - TAG_BYTES)
        return no_memory();
    if (sample_wants(1) && (p = take_sampled(v, size, alignment)) != NULL)
        return p;
    p = take((size < CORE_BYTES ? CORE_BYTES : size) + TAG_BYTES, alignment, &zeroed);
    if (p == NULL)
        return NULL;
    d = find_slab(p);
    usable = likely(d != NULL) ? bin_divisors[d->bin].size : fit(p, size + TAG_BYTES);
    if (d != NULL && !(d->space & SPACE_CHECKED)) {
        // Of a slab from before the options were read: a plain block.
        if (zero)
            memset(p, 0, size);
        return p;
    }
    prepare(v, p, size, usable, zeroed, zero);
    if (checked_dress(v, p, usable, size, alignment))
        return p;
    checked_return(p);
    return no_memory();
}
