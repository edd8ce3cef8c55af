// SPDX-License-Identifier: MIT
// What the hit paths miss into: the short ways, and where these do not do the long one, or
// the checks.
#include "alloc.h"

#include "binned/depot.h"
#include "checked.h"
#include "init.h"
#include "route.h"
#include "tls/magazine.h"
#include "tls/quick.h"
#include "tls/upkeep.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

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

// The long way, or the checks.
static NOINLINE void *fulfil_plain(size_t size, unsigned bin, enum call call)
{
    init_ensure();
    if (unlikely(checked_mode()))
        return checked_alloc(size, BLOCK_ALIGNMENT, false, call);
    return route_alloc_plain(size, bin);
}

static NOINLINE void *fulfil_zeroed(size_t size, unsigned bin)
{
    init_ensure();
    if (unlikely(checked_mode()))
        return checked_alloc(size, BLOCK_ALIGNMENT, true, CALL_CALLOC);
    return route_alloc_zeroed(size, bin);
}

static NOINLINE void *fulfil_aligned(size_t alignment, size_t size, unsigned bin, enum call call)
{
    init_ensure();
    if (unlikely(checked_mode()))
        return checked_alloc(size, alignment, false, call);
    return route_alloc_aligned(size, alignment, bin);
}

NOINLINE void *alloc_miss(size_t size, enum call call, unsigned bin)
{
    void *p = quick_refill(cache_current(), bin);

    return likely(p != NULL) ? p : fulfil_plain(size, bin, call);
}

static NOINLINE void *tick_for_run(void *p, struct thread_cache *t)
{
    int saved = errno;

    upkeep_tick(t);
    errno = saved;
    return p;
}

static NOINLINE void *alloc_large(size_t size, struct thread_cache *t, enum call call)
{
    struct desc *d = run_take_latest(&t->runs, size);

    if (unlikely(d == NULL))
        return fulfil_plain(size, BIN_COUNT, call);
    t->large_allocations++;
    return unlikely(upkeep_is_due(t)) ? tick_for_run(d->base, t) : d->base;
}

NOINLINE void *alloc_medium(size_t size, struct thread_cache *t, enum call call)
{
    struct block *b;
    unsigned bin;

    if (unlikely(size > BIN_MAX))
        return alloc_large(size, t, call);
    bin = bin_of_medium[(size + 127) >> 7];
    b = t->head[bin];
    if (unlikely(b == NULL))
        return alloc_miss(size, call, bin);
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
    return fulfil_zeroed(size, bin);
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

void *alloc_aligned(size_t alignment, size_t size, enum call call)
{
    struct thread_cache *t = cache_current();
    unsigned bin = bin_of_aligned(size, alignment);

    if (likely(bin < BIN_COUNT)) {
        struct block *b = pop_or_refill(t, bin);

        if (likely(b != NULL))
            return b;
    }
    return fulfil_aligned(alignment, size, bin, call);
}

COLD void free_twice(void *p, enum call call)
{
    report_double_free(call_table[call].name, p);
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

static NOINLINE void free_slowest(void *p, struct desc *d, enum call call)
{
    init_ensure();
    if (unlikely(checked_mode()))
        checked_free(p, call);
    else
        route_free(p, d, call);
}

static NOINLINE void free_unowned(void *p, struct desc *d, enum call call)
{
    if (!quick_claim(cache_current(), slab_head(d), p))
        free_slowest(p, d, call);
}

static NOINLINE void free_others(void *p, struct desc *d, enum call call)
{
    if (!quick_send(cache_current(), slab_head(d), p))
        free_slowest(p, d, call);
}

static NOINLINE void free_large(void *p, struct desc *d, enum call call)
{
    if (!run_keep_latest(&cache_current()->runs, d, p))
        free_slowest(p, d, call);
}

// A slab of several units: the descriptor of a later unit has no owner, its head has.
static void free_of_head(void *p, struct desc *d, enum call call)
{
    struct desc *head = slab_head(d);
    struct thread_cache *owner = atomic_load_explicit(&head->owner, memory_order_relaxed);

    if (owner == cache_current())
        push_block(head, p, call);
    else if (owner == nobody())
        free_unowned(p, d, call);
    else
        free_others(p, d, call);
}

NOINLINE void free_slow(void *p, struct desc *d, enum call call)
{
    enum desc_kind kind = desc_kind(d);

    if (kind == KIND_MEMBER || kind == KIND_SLAB)
        free_of_head(p, d, call);
    else if (kind == KIND_RUN)
        free_large(p, d, call);
    else if (p != NULL) // which has a descriptor where the lowest GiB is ours
        free_slowest(p, d, call);
}

NOINLINE void free_undescribed(void *p, enum call call)
{
    if (p != NULL)
        free_slowest(p, NULL, call);
}
