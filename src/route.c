// SPDX-License-Identifier: MIT
#include "route.h"

#include "alloc.h"
#include "checked.h"
#include "debug/sample.h"
#include "base/option.h"
#include "foreign.h"
#include "init.h"
#include "large/huge.h"
#include "oom.h"
#include "space.h"
#include "tls/magazine.h"
#include "tls/thread.h"
#include "tls/upkeep.h"
#include "vm/pages.h"
#include "vm/region.h"
#include "vm/vm.h"

#include <errno.h>
#include <stdint.h>

// The checked modes have bytes of their own for blocks that come and go.
static bool perturbing(void)
{
    return unlikely(atomic_load_explicit(&options.perturb, memory_order_relaxed) != 0) &&
           !checked_mode();
}

// A list of blocks is asked about as one. For a higher rate than one block of a list, each block
// has to be.
static bool sampling_each(void)
{
    return unlikely(options.sample != 0) && options.sample < UNIT / BLOCK_ALIGNMENT;
}

bool route_must_see_all(void)
{
    return checked_mode() || perturbing() || sampling_each();
}

// Somebody wrote over a link: what would come behind it is lost.
static COLD void cut_list(struct thread_cache *t, unsigned bin)
{
    const struct block *b = t->head[bin];

    t->head[bin] = NULL;
    report_corrupted_list(call_table[CALL_MALLOC].name, b);
}

static void *serve_small(struct thread_cache *t, const struct request *r)
{
    // Blocks of another bin need not lie on the alignment.
    unsigned bin = r->alignment <= BLOCK_ALIGNMENT ? magazine_lender(t, r->bin) : r->bin;
    struct block *b = t->head[bin];

    if (unlikely(checked_mode()) && b != NULL && !checked_may_go_out(t->current[bin], b)) {
        cut_list(t, bin);
        b = NULL;
    }
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

    thread_set_careful(route_must_see_all());
    p = r->bin < BIN_COUNT ? serve_small(t, r) : serve_large(t, r);
    thread_leave(t);
    return p;
}

// Blocks that went into magazines since this was asked last. Some may have been taken back.
static uint64_t handed_since(struct thread_cache *t)
{
    uint64_t handed = t->handed > t->handed_seen ? t->handed - t->handed_seen : 0;

    t->handed_seen += handed;
    return handed;
}

// A block that goes the long way stands for all that went out since the last of them. In the
// checked modes each block was asked about before.
static void *take_sampled(const struct request *r)
{
    struct thread_cache *t = thread_own();

    if (checked_mode() || t == NULL || r->size > vm_page_size() ||
        !sample_wants(sampling_each() ? 1 : handed_since(t)))
        return NULL;
    return sample_alloc(r->size, r->alignment, CALL_MALLOC, __builtin_frame_address(0));
}

void *route_alloc(const struct request *r)
{
    int saved = errno;
    void *p = NULL;

    init_ensure();
    if (unlikely(options.sample != 0))
        p = take_sampled(r);
    if (likely(p == NULL) && r->size <= PTRDIFF_MAX)
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

void *route_alloc_plain(size_t size, unsigned bin)
{
    return route_alloc(
        &(struct request){.size = size, .alignment = BLOCK_ALIGNMENT, .bin = bin});
}

void *route_alloc_zeroed(size_t size, unsigned bin)
{
    return route_alloc(&(struct request){
        .size = size, .alignment = BLOCK_ALIGNMENT, .bin = bin, .zero = true});
}

void *route_alloc_aligned(size_t size, size_t alignment, unsigned bin)
{
    return route_alloc(&(struct request){.size = size, .alignment = alignment, .bin = bin});
}

// A pointer into our memory at which no block is out.
static COLD void report_no_block(enum call call, const struct desc *d, const void *p)
{
    if (d->base == p && (desc_kind(d) == KIND_FREED || desc_kind(d) == KIND_EXTENT))
        report_double_free(call_table[call].name, p);
    else if (pages_are_free(p))
        report_double_free(call_table[call].name, p);
    else
        report_invalid_pointer(call_table[call].name, p);
}

static void perturb_block(void *p)
{
    if (perturbing())
        memset(p, (int)atomic_load_explicit(&options.perturb, memory_order_relaxed),
               alloc_usable_size(p));
}

static void free_in_slab(struct thread_cache *t, struct desc *d, void *p, enum call call)
{
    struct desc *head = slab_head(d);

    if (desc_kind(head) != KIND_SLAB || !slab_is_block(head, p)) {
        report_no_block(call, d, p);
        return;
    }
    perturb_block(p);
    if (find_space(head) == NULL) {
        magazine_free(t, head, p);
        return;
    }
    if (!space_free_block(head, p))
        report_double_free(call_table[call].name, p);
    upkeep_tick(t);
}

static void free_run(struct thread_cache *t, struct desc *d, void *p, enum call call)
{
    if (d->base == p)
        perturb_block(p);
    if ((d->space & SPACE_OWNED && !space_disown_run(d, p)) || !run_free(&t->runs, d, p))
        report_no_block(call, d, p);
}

// p has no descriptor that says more: a huge block, the midst of a run, or not ours.
static void free_elsewhere(void *p, const struct desc *d, enum call call)
{
    struct huge *record;

    if (sample_owns(p)) {
        sample_free(p, call, __builtin_frame_address(0));
        return;
    }
    record = registry_find(p);
    if (record != NULL) {
        if (!space_disown_huge(record) || !huge_free(record))
            report_double_free(call_table[call].name, p);
    } else if (d != NULL && region_holds(p)) {
        report_no_block(call, d, p);
    } else if (registry_covers(p)) {
        report_invalid_pointer(call_table[call].name, p);
    } else {
        foreign_free(p);
    }
}

static void free_routed(void *p, struct desc *d, enum call call)
{
    struct thread_cache *t = thread_enter();

    switch (desc_kind(d)) {
    case KIND_SLAB:
    case KIND_MEMBER:
        free_in_slab(t, d, p, call);
        break;
    case KIND_RUN:
    case KIND_SPACED:
        free_run(t, d, p, call);
        break;
    case KIND_NONE: // changed since it was looked at: another thread frees it too
    case KIND_EXTENT:
    case KIND_GUARD:
    case KIND_FREED:
        report_no_block(call, d, p);
        break;
    }
    thread_leave(t);
}

void route_free(void *p, struct desc *d, enum call call)
{
    int saved = errno;

    init_ensure();
    if (d == NULL || desc_kind(d) == KIND_NONE)
        free_elsewhere(p, d, call);
    else
        free_routed(p, d, call);
    errno = saved;
}
