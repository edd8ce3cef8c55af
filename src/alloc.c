// SPDX-License-Identifier: MIT
// The slow path: routes by size, alignment and owner to the layer that serves.
#include "alloc.h"

#include "base/check.h"
#include "base/option.h"
#include "binned/depot.h"
#include "binned/slab.h"
#include "foreign.h"
#include "init.h"
#include "large/huge.h"
#include "oom.h"
#include "tls/magazine.h"
#include "tls/quick.h"
#include "tls/thread.h"
#include "tls/upkeep.h"
#include "vm/pages.h"
#include "vm/region.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

struct request {
    size_t size;
    size_t alignment;
    unsigned bin; // BIN_COUNT: too large for all
    bool zero;
};

static bool perturbing(void)
{
    return unlikely(atomic_load_explicit(&options.perturb, memory_order_relaxed) != 0);
}

enum { CLEAR_FEW = 64 }; // bytes up to which clearing costs less than asking whether to

// Clears a block of up to CLEAR_FEW bytes, in pieces of 16 that may overlap.
ALWAYS_INLINE void clear_few(struct block *b, size_t size)
{
    char *start = (char *)b;

    memset(start, 0, 16);
    if (size > 32) {
        memset(start + 16, 0, 16);
        memset(start + size - 32, 0, 16);
    }
    if (size > 16)
        memset(start + size - 16, 0, 16);
}

// Clears a block that was popped: all of it, or only the link if the rest was never
// used. A link that the application wrote over may have led anywhere, and is not
// followed by a write.
static inline void *clear_block(const struct thread_cache *t, unsigned bin, struct block *b,
                                size_t size)
{
    const struct desc *d = t->current[bin];

    if (!check((size_t)((char *)b - d->base) < slab_bytes(d), report_corrupted_list("calloc", b)))
        return NULL;
    if (d->fresh)
        b->next = NULL;
    else
        memset(b, 0, size);
    return b;
}

static void *serve_small(struct thread_cache *t, const struct request *r)
{
    // Blocks of another bin need not lie on the alignment.
    unsigned bin = r->alignment <= BLOCK_ALIGNMENT ? magazine_lender(t, r->bin) : r->bin;
    struct block *b = t->head[bin];

    if (b != NULL)
        t->head[bin] = b->next;
    else
        b = magazine_refill(t, bin);
    return b != NULL && r->zero ? clear_block(t, bin, b, r->size) : b;
}

static void *serve_large(struct thread_cache *t, const struct request *r)
{
    bool is_zero;
    void *p;

    upkeep_tick(t);
    if (r->size <= run_limit() && r->alignment <= CHUNK) {
        p = run_alloc(&t->runs, r->size, r->alignment, &is_zero);
        if (p != NULL && r->zero && !is_zero)
            memset(p, 0, r->size);
    } else {
        p = huge_alloc(r->size, r->alignment, r->zero);
    }
    t->large_allocations += p != NULL;
    return p;
}

static void *serve(const struct request *r)
{
    struct thread_cache *t = thread_enter();
    void *p;

    thread_set_careful(perturbing());
    p = r->bin < BIN_COUNT ? serve_small(t, r) : serve_large(t, r);
    thread_leave(t);
    return p;
}

static void *fulfil(const struct request *r)
{
    int saved = errno;
    void *p = NULL;

    init_ensure();
    if (r->size <= PTRDIFF_MAX)
        for (int attempt = 0;; attempt++) {
            p = serve(r);
            if (likely(p != NULL) || !oom_relieve(r->size, r->alignment, attempt))
                break;
        }
    errno = p != NULL ? saved : ENOMEM;
    if (perturbing() && p != NULL && !r->zero)
        memset(p, ~(int)atomic_load_explicit(&options.perturb, memory_order_relaxed),
               alloc_usable_size(p));
    return p;
}

static NOINLINE void *fulfil_plain(size_t size, unsigned bin)
{
    return fulfil(&(struct request){.size = size, .alignment = BLOCK_ALIGNMENT, .bin = bin});
}

NOINLINE void *alloc_miss(size_t size, unsigned bin)
{
    void *p = quick_refill(cache_current(), bin);

    return likely(p != NULL) ? p : fulfil_plain(size, bin);
}

static NOINLINE void *tick_for_run(void *p, struct thread_cache *t)
{
    int saved = errno;

    upkeep_tick(t);
    errno = saved;
    return p;
}

static NOINLINE void *alloc_large(size_t size, struct thread_cache *t)
{
    struct desc *d = run_take_latest(&t->runs, size);

    if (unlikely(d == NULL))
        return fulfil_plain(size, BIN_COUNT);
    t->large_allocations++;
    return unlikely(upkeep_is_due(t)) ? tick_for_run(d->base, t) : d->base;
}

NOINLINE void *alloc_medium(size_t size, struct thread_cache *t)
{
    struct block *b;
    unsigned bin;

    if (unlikely(size > BIN_MAX))
        return alloc_large(size, t);
    bin = bin_of_medium[(size + 127) >> 7];
    b = t->head[bin];
    if (unlikely(b == NULL))
        return alloc_miss(size, bin);
    t->head[bin] = b->next;
    return b;
}

// A block off the magazine, or the short way to one; NULL where neither does.
static inline struct block *pop_or_refill(struct thread_cache *t, unsigned bin)
{
    struct block *b = t->head[bin];

    if (unlikely(b == NULL))
        return quick_refill(t, bin);
    t->head[bin] = b->next;
    return b;
}

// calloc's misses, and sizes that are cleared by a call of memset.
static NOINLINE void *zeroed_slow(size_t size)
{
    struct thread_cache *t = cache_current();
    unsigned bin = BIN_COUNT;

    if (likely(size <= BIN_MAX)) {
        struct block *b;

        bin = bin_of(size);
        b = pop_or_refill(t, bin);
        if (likely(b != NULL))
            return clear_block(t, bin, b, size);
    }
    return fulfil(&(struct request){
        .size = size, .alignment = BLOCK_ALIGNMENT, .bin = bin, .zero = true});
}

void *alloc_zeroed(size_t size)
{
    struct thread_cache *t = cache_current();
    struct block *b;
    unsigned bin;

    if (unlikely(size > CLEAR_FEW))
        return zeroed_slow(size);
    bin = bin_of_small[(size + 15) >> 4];
    b = t->head[bin];
    if (unlikely(b == NULL) || unlikely(((uintptr_t)b ^ (uintptr_t)t->current[bin]->base) >= UNIT))
        return zeroed_slow(size);
    t->head[bin] = b->next;
    clear_few(b, size);
    return b;
}

void *alloc_aligned(size_t alignment, size_t size)
{
    struct thread_cache *t = cache_current();
    unsigned bin = bin_of_aligned(size, alignment);

    if (likely(bin < BIN_COUNT)) {
        struct block *b = pop_or_refill(t, bin);

        if (likely(b != NULL))
            return b;
    }
    return fulfil(&(struct request){.size = size, .alignment = alignment, .bin = bin});
}

COLD void free_twice(void *p)
{
    report_double_free("free", p);
}

static NOINLINE void free_event_slow(struct thread_cache *t, struct desc *d)
{
    int saved = errno;

    magazine_event(t, d);
    if (unlikely(t->short_left == 1))
        upkeep_tick(t);
    errno = saved;
}

NOINLINE void free_event(struct desc *d)
{
    struct thread_cache *t = atomic_load_explicit(&d->owner, memory_order_relaxed);

    if (unlikely(!quick_event(t, d)))
        free_event_slow(t, d);
}

// A pointer into our memory at which no block is out.
static COLD void report_no_block(const char *call, const struct desc *d, const void *p)
{
    if (d->base == p && (desc_kind(d) == KIND_FREED || desc_kind(d) == KIND_EXTENT))
        report_double_free(call, p);
    else if (pages_are_free(p))
        report_double_free(call, p);
    else
        report_invalid_pointer(call, p);
}

static void perturb_block(void *p)
{
    if (perturbing())
        memset(p, (int)atomic_load_explicit(&options.perturb, memory_order_relaxed),
               alloc_usable_size(p));
}

static void free_in_slab(struct thread_cache *t, struct desc *d, void *p)
{
    struct desc *head = slab_head(d);

    if (desc_kind(head) != KIND_SLAB || !slab_is_block(head, p)) {
        report_no_block("free", d, p);
        return;
    }
    perturb_block(p);
    magazine_free(t, head, p);
}

static void free_run(struct thread_cache *t, struct desc *d, void *p)
{
    if (d->base == p)
        perturb_block(p);
    if (!run_free(&t->runs, d, p))
        report_no_block("free", d, p);
}

// p has no descriptor that says more: a huge block, the midst of a run, or not ours.
static void free_elsewhere(void *p, const struct desc *d)
{
    struct huge *record = registry_find(p);

    if (record != NULL) {
        if (!huge_free(record))
            report_double_free("free", p);
    } else if (d != NULL && region_holds(p)) {
        report_no_block("free", d, p);
    } else if (registry_covers(p)) {
        report_invalid_pointer("free", p);
    } else {
        foreign_free(p);
    }
}

static void free_routed(void *p, struct desc *d)
{
    struct thread_cache *t = thread_enter();

    switch (desc_kind(d)) {
    case KIND_SLAB:
    case KIND_MEMBER:
        free_in_slab(t, d, p);
        break;
    case KIND_RUN:
        free_run(t, d, p);
        break;
    case KIND_NONE: // changed since it was looked at: another thread frees it too
    case KIND_EXTENT:
    case KIND_FREED:
        report_no_block("free", d, p);
        break;
    }
    thread_leave(t);
}

static NOINLINE void free_slowest(void *p, struct desc *d)
{
    int saved = errno;

    init_ensure();
    if (d == NULL || desc_kind(d) == KIND_NONE)
        free_elsewhere(p, d);
    else
        free_routed(p, d);
    errno = saved;
}

static NOINLINE void free_unowned(void *p, struct desc *d)
{
    if (!quick_claim(cache_current(), slab_head(d), p))
        free_slowest(p, d);
}

static NOINLINE void free_others(void *p, struct desc *d)
{
    if (!quick_send(cache_current(), slab_head(d), p))
        free_slowest(p, d);
}

static NOINLINE void free_large(void *p, struct desc *d)
{
    if (!run_keep_latest(&cache_current()->runs, d, p))
        free_slowest(p, d);
}

// A slab of several units: the descriptor of a later unit has no owner, its head has.
static void free_of_head(void *p, struct desc *d)
{
    struct desc *head = slab_head(d);
    struct thread_cache *owner = atomic_load_explicit(&head->owner, memory_order_relaxed);

    if (owner == cache_current())
        push_block(head, p);
    else if (owner == nobody())
        free_unowned(p, d);
    else
        free_others(p, d);
}

NOINLINE void free_slow(void *p, struct desc *d)
{
    enum desc_kind kind = desc_kind(d);

    if (kind == KIND_MEMBER || kind == KIND_SLAB)
        free_of_head(p, d);
    else if (kind == KIND_RUN)
        free_large(p, d);
    else
        free_slowest(p, d);
}

NOINLINE void free_undescribed(void *p)
{
    if (p != NULL)
        free_slowest(p, NULL);
}
