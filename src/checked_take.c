// SPDX-License-Identifier: MIT
#include "checked_take.h"

#include "checked.h"
#include "debug/record.h"
#include "debug/sample.h"
#include "find.h"
#include "large/registry.h"
#include "large/run.h"
#include "route.h"
#include "space.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

// In full, medium blocks get pages of their own, which guards go between.
static void *take(struct ikyo_space *space, size_t size, size_t alignment)
{
    unsigned bin = checked_is_full() && size >= UNIT ? BIN_COUNT : bin_of_aligned(size, alignment);
    struct request r = {size, alignment, bin, bin == BIN_COUNT};

    return space == NULL ? route_alloc(&r) : space_alloc(space, &r);
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

static bool dress(struct visit *v, void *p, size_t usable, size_t size, size_t alignment)
{
    struct tag tag = {.state = TAG_LIVE,
                      .family = call_table[v->call].family,
                      .alignment_shift = tag_shift_of(alignment),
                      .size = size};

    tag_write(p, usable, &tag);
    // Last, for who looks at all blocks goes by the records.
    if (!checked_is_full() || keep_record(v, p, size, tag.family))
        return true;
    tag_blank(p, usable);
    return false;
}

bool checked_dress(struct visit *v, void *p, size_t usable, size_t size, size_t alignment)
{
    note_tag(p);
    return dress(v, p, usable, size, alignment);
}

static void *no_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

// Of a slab from before the options were read the block is a plain one.
static void *finish_small(struct visit *v, const struct desc *d, void *p, size_t size,
                          size_t alignment, bool zero)
{
    size_t usable = bin_divisors[d->bin].size;

    if (unlikely(!(d->space & SPACE_CHECKED))) {
        if (zero)
            memset(p, 0, size);
        return p;
    }
    prepare(v, p, size, usable, false, zero);
    return dress(v, p, usable, size, alignment) ? p : NULL;
}

static void *finish_large(struct visit *v, void *p, size_t size, size_t alignment, bool zero)
{
    size_t usable = fit(p, size + TAG_BYTES);

    prepare(v, p, size, usable, true, zero);
    return checked_dress(v, p, usable, size, alignment) ? p : NULL;
}

bool checked_may_go_out(const struct desc *d, const void *p)
{
    return slab_is_block(d, p) && (!(d->space & SPACE_CHECKED) ||
                                   tag_read(p, bin_divisors[d->bin].size).state != TAG_LIVE);
}

void *checked_take(struct visit *v, size_t size, size_t alignment, bool zero)
{
    const struct desc *d;
    void *p, *q;

    if (size > PTRDIFF_MAX - TAG_BYTES)
        return no_memory();
    if (v->space == NULL && sample_wants(1) && (p = take_sampled(v, size, alignment)) != NULL)
        return p;
    p = take(v->space, checked_room(size), alignment);
    if (p == NULL)
        return NULL;
    d = find_slab(p);
    q = d != NULL ? finish_small(v, d, p, size, alignment, zero)
                  : finish_large(v, p, size, alignment, zero);
    if (q != NULL)
        return q;
    checked_return(p);
    return no_memory();
}
