// SPDX-License-Identifier: MIT
#include "checked.h"

#include "alloc.h"
#include "base/sink.h"
#include "binned/slab.h"
#include "checked_give.h"
#include "checked_quick.h"
#include "checked_take.h"
#include "debug/leak.h"
#include "debug/quarantine.h"
#include "debug/record.h"
#include "debug/sample.h"
#include "find.h"
#include "foreign.h"
#include "os/os.h"
#include "sealed.h"
#include "tls/thread.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

enum {
    QUARANTINE_HARDENED = 64 * 1024,
    QUARANTINE_FULL = 16 * 1024 * 1024,
};

// At exit, after the program's own handlers: what is broken by now, and what is left. In fast it
// returns at once, so it lies with what programs run once.
static DESTRUCTOR ON_START void look_at_exit(void)
{
    if (!checked_mode() && options.sample == 0)
        return;
    checked_look_at_all(CALL_EXIT);
    if (checked_is_full() && options.leaks == LEAKS_ON) {
        struct sink sink = sink_open();

        leak_report(sink.fd, CALL_EXIT);
        sink_close(sink);
    }
}

ON_START void checked_start(void)
{
    size_t held = options.quarantine;
    uint64_t seed = os_random_seed();

    if (!checked_mode())
        return;
    if (held == 0)
        held = checked_is_full() ? QUARANTINE_FULL : QUARANTINE_HARDENED;
    if (options.guard == GUARD_HUGE)
        options.guard = GUARD_LARGE;
    tag_init(seed);
    slab_check_mode(seed * 0x9e3779b97f4a7c15u, tag_secret.blank);
    quarantine_init(held);
    sealed_start();
}

// Where the short ways do not do.
static NOINLINE void *alloc_with_care(size_t size, size_t alignment, bool zero, struct visit v)
{
    int saved = errno;
    void *p = checked_take(&v, size, alignment, zero);

    if (p != NULL)
        errno = saved;
    return p;
}

// A thread without a cache would be none to who looks at all while alone, at blocks that it is
// taking or giving.
static void be_known(void)
{
    thread_leave(thread_enter());
}

NOINLINE void *checked_alloc_in(struct ikyo_space *space, size_t size, size_t alignment, bool zero)
{
    struct visit v = VISIT(CALL_SPACE_ALLOC, NULL);

    be_known();
    v.space = space;
    return alloc_with_care(size, alignment, zero, v);
}

static NOINLINE void free_with_care(void *p, struct told told, struct visit v)
{
    int saved = errno;

    be_known();
    checked_give(&v, p, told);
    errno = saved;
}

NOINLINE void *checked_alloc_at(size_t size, size_t alignment, bool zero, enum call call,
                                const struct source *source)
{
    void *p = checked_quick_take(size, alignment, call);

    return likely(p != NULL) ? p : alloc_with_care(size, alignment, zero, VISIT(call, source));
}

NOINLINE void checked_free_told(void *p, size_t size, size_t alignment, enum call call)
{
    struct told told = {size, alignment};

    if (unlikely(!checked_quick_give(p, told, call)) && p != NULL)
        free_with_care(p, told, VISIT(call, NULL));
}

// Bytes that come into use read zero, as in a block that is new.
static void *resize_in_place(void *p, size_t usable, size_t size, struct tag *tag)
{
    if (size > tag->size)
        memset((char *)p + tag->size, 0, size - tag->size);
    tag->size = size;
    tag_write(p, usable, tag);
    return p;
}

// Who looks at all blocks by their records leaves large ones alone that were freed.
static void hide_from_looks(const void *p, bool hide)
{
    struct record r;

    if (!checked_is_full() || !record_get(p, &r))
        return;
    r.freed = hide;
    record_put(&r);
}

// A large block changes its length as it would unchecked; the tag goes with its end. NULL:
// it did not, and is as it was.
static void *resize_large(struct visit *v, const struct found *f, void *p, size_t size,
                          struct tag *tag)
{
    size_t old = tag->size;
    void *q;

    hide_from_looks(p, true);
    tag_blank(p, f->usable);
    q = alloc_resize_large(f, p, size + TAG_BYTES);
    if (q == NULL) {
        tag_write(p, usable_of(p), tag); // a run may have lost its guard over it
        hide_from_looks(p, false);
        return NULL;
    }
    if (size > old)
        memset((char *)q + old, 0, size - old);
    checked_dress(v, q, usable_of(q), size, (size_t)1 << tag->alignment_shift);
    return q;
}

static bool changes_in_place(const struct found *f, size_t size)
{
    return !checked_is_full() && f->kind == BLOCK_SLAB && size <= f->usable - TAG_BYTES &&
           size > f->usable / 2;
}

static bool changes_as_large(const struct found *f, size_t size)
{
    return !checked_is_full() && f->kind != BLOCK_SLAB && size > BIN_MAX && size < PTRDIFF_MAX / 2;
}

// There is no room for a copy, or no memory: a block that shrinks stays where it lies. NULL: it
// does not shrink, or the system cannot cut it.
static void *shrink_unmoved(struct visit *v, const struct found *f, void *p, size_t size,
                            struct tag *tag)
{
    if (size > tag->size)
        return NULL;
    if (f->kind != BLOCK_SLAB)
        return resize_large(v, f, p, size, tag);
    checked_dress(v, p, f->usable, size, (size_t)1 << tag->alignment_shift);
    return p;
}

static void *resize_block(struct visit *v, const struct found *f, void *p, size_t size)
{
    struct tag tag;
    void *q;

    if (!checked_is_out(v, p, f->usable, &tag))
        return NULL;
    checked_adopt(v, p, f->usable, &tag);
    if (changes_in_place(f, size))
        return resize_in_place(p, f->usable, size, &tag);
    if (changes_as_large(f, size) && (q = resize_large(v, f, p, size, &tag)) != NULL)
        return q;
    v->space = find_space_of(f);
    q = checked_take(v, size, BLOCK_ALIGNMENT, false);
    if (q == NULL)
        return shrink_unmoved(v, f, p, size, &tag);
    memcpy(q, p, tag.size < size ? tag.size : size);
    checked_give(v, p, (struct told){0, 0});
    return q;
}

static void *resize_sampled(struct visit *v, void *p, size_t size)
{
    size_t now;
    void *q;

    if (!sample_size(p, &now, v->call, v->frame) ||
        (q = checked_take(v, size, BLOCK_ALIGNMENT, false)) == NULL)
        return NULL;
    memcpy(q, p, now < size ? now : size);
    sample_free(p, v->call, v->frame);
    return q;
}

static void *resize(struct visit *v, void *p, size_t size)
{
    struct found f = checked_find(p);

    if (f.kind == BLOCK_FOREIGN)
        return foreign_resize(p, size);
    if (f.kind == BLOCK_SAMPLED)
        return resize_sampled(v, p, size);
    if (f.kind == BLOCK_BAD) {
        visit_report_bad(v, p);
        return NULL;
    }
    return checked_has_tag(&f) ? resize_block(v, &f, p, size) : alloc_resize_unchecked(p, size);
}

static NOINLINE void *resize_with_care(void *p, size_t size, struct visit v)
{
    int saved = errno;
    void *q;

    be_known();
    q = resize(&v, p, size);
    if (q != NULL)
        errno = saved;
    return q;
}

NOINLINE void *checked_resize_at(void *p, size_t size, const struct source *source)
{
    if (p == NULL)
        return checked_alloc_at(size, BLOCK_ALIGNMENT, false, CALL_REALLOC, source);
    if (size != 0)
        return resize_with_care(p, size, VISIT(CALL_REALLOC, source));
    checked_free_told(p, 0, 0, CALL_REALLOC);
    return NULL;
}

NOINLINE size_t checked_usable_size(const void *p)
{
    struct visit v = {.call = CALL_USABLE_SIZE, .frame = __builtin_frame_address(0)};
    struct found f;
    struct tag tag;

    if (p == NULL)
        return 0;
    f = checked_find(p);
    if (f.kind == BLOCK_FOREIGN)
        return foreign_usable_size(p);
    if (f.kind == BLOCK_SAMPLED)
        return sample_size(p, &f.usable, v.call, v.frame) ? f.usable : 0;
    if (f.kind == BLOCK_BAD) {
        visit_report_bad(&v, p);
        return 0;
    }
    if (!checked_has_tag(&f))
        return f.usable;
    return checked_is_out(&v, (void *)(uintptr_t)p, f.usable, &tag) ? tag.size : 0;
}

void checked_flush(void)
{
    struct visit v = VISIT(CALL_FLUSH, NULL);

    checked_give_held(&v);
}
