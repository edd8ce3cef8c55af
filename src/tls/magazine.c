// SPDX-License-Identifier: MIT
#include "tls/magazine.h"

#include "base/check.h"
#include "base/option.h"
#include "binned/depot.h"
#include "tls/remote.h"
#include "tls/slab_list.h"
#include "tls/slab_source.h"
#include "tls/upkeep.h"

enum {
    BORROW_MOST = 8, // blocks that a bin without a slab borrows of others
    BORROW_FROM = 2, // how many bins further up it looks
};

// A bin is hot once it needed a second slab, or all its blocks came back a number
// of times.
static bool is_hot(const struct thread_cache *t, unsigned bin)
{
    return t->cycles[bin] == CYCLES_HOT;
}

static void count_cycle(struct thread_cache *t, unsigned bin)
{
    if (!is_hot(t, bin))
        t->cycles[bin]++;
}

unsigned magazine_lender(struct thread_cache *t, unsigned bin)
{
    if (t->current[bin] != NULL || t->borrowed[bin] == BORROW_MOST)
        return bin;
    for (unsigned lender = bin + 1; lender <= bin + BORROW_FROM && lender < BIN_COUNT; lender++)
        if (t->head[lender] != NULL) {
            t->borrowed[bin]++;
            return lender;
        }
    return bin;
}

// Every block of d came back, and d is on no list of t. A listed slab has to stay;
// for each such one the depot is relieved of another, so that they do not gather.
static void retire(struct thread_cache *t, struct desc *d)
{
    unsigned bin = d->bin;

    if (slab_may_destroy(d)) {
        slab_source_give(t, d);
        return;
    }
    slab_release(d, t);
    d = depot_pop(bin, t);
    if (d == NULL)
        return;
    if (slab_out_count(d) == 0 && slab_may_destroy(d))
        slab_source_give(t, d);
    else if (slab_out_count(d) == 0)
        slab_release(d, t);
    else
        magazine_settle(t, d);
}

static void *hand_out_from(struct thread_cache *t, struct desc *d)
{
    if (d->free != NULL && !magazine_wants_carving(d))
        return magazine_hand_out(t, d, slab_steal(d), false);
    return magazine_hand_out(t, d, slab_carve(d, is_hot(t, d->bin)), d->zero);
}

// Before a refill from the current slab. An empty one stays charged until it proves
// to be in use; a small one that is empty time and again is to be replaced.
static bool is_outgrown(struct thread_cache *t, struct desc *d)
{
    if (slab_out_count(d) != 0) {
        magazine_forget_kept(t, d);
        return false;
    }
    return is_hot(t, d->bin) && d->first;
}

// First in, first out, so that a slab gathers free blocks while it waits its turn.
static void add_partial(struct thread_cache *t, struct desc *d)
{
    d->state = SLAB_PARTIAL;
    slab_list_push_back(&t->partial[d->bin], d);
}

// The current slab has nothing to give just now: it makes room for another.
static void put_aside(struct thread_cache *t, struct desc *d)
{
    magazine_forget_kept(t, d);
    slab_set_out(d, slab_out_count(d));
    if (slab_has_uncarved(d)) {
        add_partial(t, d);
    } else {
        slab_release_full(d);
    }
}

static struct desc *next_slab(struct thread_cache *t, unsigned bin)
{
    struct desc *d = t->partial[bin];

    if (d != NULL) {
        slab_list_remove(&t->partial[d->bin], d);
        return d;
    }
    while ((d = depot_pop(bin, t)) != NULL) {
        if (d->bin == bin && (d->free != NULL || slab_has_uncarved(d)))
            return d;
        magazine_settle(t, d);
    }
    return NULL;
}

void *magazine_refill(struct thread_cache *t, unsigned bin)
{
    struct desc *d, *next;

    upkeep_tick(t);
    d = t->current[bin];
    if (d == NULL || d->free == NULL) {
        remote_drain(t);
        d = t->current[bin];
    }
    if (d != NULL && d->free != NULL) {
        if (likely(!is_outgrown(t, d)))
            return hand_out_from(t, d);
        magazine_forget_kept(t, d);
        t->current[bin] = NULL;
        retire(t, d);
        d = NULL;
    }
    next = next_slab(t, bin);
    if (next == NULL && d != NULL && slab_has_uncarved(d)) {
        if (slab_out_count(d) != 0)
            magazine_forget_kept(t, d);
        return hand_out_from(t, d);
    }
    if (next == NULL)
        next = slab_source_take(t, bin, d == NULL && !is_hot(t, bin));
    if (next == NULL)
        return NULL;
    if (d != NULL) {
        t->cycles[bin] = CYCLES_HOT;
        put_aside(t, d);
    }
    t->current[bin] = next;
    return hand_out_from(t, next);
}

// Puts what is left of a magazine back on its slab. A link that leaves the slab
// was written by the application; what hangs behind it is lost, not followed.
static void take_back_magazine(struct thread_cache *t, struct desc *d)
{
    struct block *first = t->head[d->bin], *last = NULL;
    uint32_t out = slab_out_count(d), n = 0;

    t->head[d->bin] = NULL;
    if (!check(first == NULL || out > 0, report_double_free("free", d->free)))
        return;
    for (struct block *b = first; b != NULL && n < out; b = b->next) {
        if (!check(slab_may_hold(d, b), report_corrupted_list("malloc", b)))
            break;
        last = b;
        n++;
    }
    if (n > 0) {
        last->next = d->free;
        d->free = first;
        t->handed -= n;
    }
    slab_set_out(d, out - n);
}

static size_t kept_limit(void)
{
    size_t set = atomic_load_explicit(&options.thread_cache, memory_order_relaxed);

    return set < KEPT_BYTES ? set : KEPT_BYTES;
}

// So many blocks of the current slab came back that the rest may be in the
// magazine. If so the slab is empty; it stays, as most programs go on with the size
// they used last, unless a thread keeps too many such.
static void look_at_current(struct thread_cache *t, struct desc *d)
{
    take_back_magazine(t, d);
    d->fresh = 0;
    if (slab_out_count(d) > 0)
        return;
    count_cycle(t, d->bin);
    if (!d->kept && t->kept_bytes + slab_bytes(d) > kept_limit()) {
        t->current[d->bin] = NULL;
        retire(t, d);
        return;
    }
    if (!d->kept)
        t->kept_bytes += slab_bytes(d);
    d->kept = 1;
    d->recycles = d->carved > 1 && !d->first && !magazine_wants_carving(d);
}

// Waits for so many frees before the slab is looked at again.
static void wait_for(struct thread_cache *t, struct desc *d, uint32_t frees)
{
    d->beyond = (uint16_t)(slab_out_count(d) - frees);
    d->count = (uint16_t)frees;
    d->state = SLAB_WAITING;
    slab_list_push_front(&t->waiting, d);
}

void magazine_settle(struct thread_cache *t, struct desc *d)
{
    uint32_t out = slab_out_count(d);
    uint32_t free = slab_free_count(d);
    uint32_t threshold = slab_wake_threshold(d);

    slab_set_out(d, out);
    if (out == 0)
        retire(t, d);
    else if (free == 0 && !slab_has_uncarved(d))
        slab_release_full(d);
    else if (free < threshold && !slab_has_uncarved(d))
        wait_for(t, d, threshold - free);
    else
        add_partial(t, d);
}

void magazine_event(struct thread_cache *t, struct desc *d)
{
    switch ((enum slab_state)d->state) {
    case SLAB_CURRENT:
        look_at_current(t, d);
        break;
    case SLAB_PARTIAL:
        slab_list_remove(&t->partial[d->bin], d);
        retire(t, d);
        break;
    case SLAB_WAITING:
        slab_list_remove(&t->waiting, d);
        magazine_settle(t, d);
        break;
    case SLAB_LOOSE:
        magazine_settle(t, d);
        break;
    }
}

void magazine_return(struct thread_cache *t, struct desc *d, struct block *first,
                     struct block *last, uint32_t count)
{
    uint32_t out = slab_out_count(d);

    // More blocks than are out: some were freed twice. Nothing is taken back then.
    if (!check(count <= out, report_double_free("free", first)))
        return;
    last->next = d->free;
    d->free = first;
    if (count < d->count && d->state != SLAB_LOOSE) {
        d->count = (uint16_t)(d->count - count);
        return;
    }
    d->beyond = (uint16_t)(out - count);
    d->count = 0;
    magazine_event(t, d);
}

void magazine_free(struct thread_cache *t, struct desc *d, struct block *p)
{
    struct thread_cache *owner = atomic_load_explicit(&d->owner, memory_order_relaxed);

    if (owner == nobody() && slab_claim(d, t))
        owner = t;
    if (owner != t) {
        remote_free(t, d, p);
    } else if (check(d->free != p, report_double_free("free", p))) {
        magazine_return(t, d, p, p, 1);
    }
    upkeep_tick(t);
}

static void release(struct thread_cache *t, struct desc *d)
{
    slab_set_out(d, slab_out_count(d));
    if (d->count == 0)
        retire(t, d);
    else if (d->free != NULL || slab_has_uncarved(d))
        slab_release(d, t);
    else
        slab_release_full(d);
}

static void release_partial(struct thread_cache *t, unsigned bin)
{
    struct desc *d;

    while ((d = t->partial[bin]) != NULL) {
        slab_list_remove(&t->partial[d->bin], d);
        release(t, d);
    }
}

static void release_slabs(struct thread_cache *t, unsigned bin)
{
    struct desc *d = t->current[bin];

    if (d != NULL) {
        take_back_magazine(t, d);
        magazine_forget_kept(t, d);
        t->current[bin] = NULL;
        release(t, d);
    }
    release_partial(t, bin);
}

void magazine_release_unserved(struct thread_cache *t)
{
    if (cache_ever_two())
        for (unsigned bin = 0; bin < BIN_COUNT; bin++)
            if (t->current[bin] == NULL && t->partial[bin] != NULL)
                release_partial(t, bin);
}

void magazine_release_all(struct thread_cache *t)
{
    struct desc *d;

    remote_flush(t);
    remote_drain(t);
    for (unsigned bin = 0; bin < BIN_COUNT; bin++)
        release_slabs(t, bin);
    while ((d = t->waiting) != NULL) {
        slab_list_remove(&t->waiting, d);
        release(t, d);
    }
    slab_source_release(t);
    run_cache_release(&t->runs);
}

void magazine_trim_depots(struct thread_cache *t)
{
    for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
        struct desc *d, *kept = NULL;

        while ((d = depot_pop(bin, t)) != NULL) {
            if (d->count == 0)
                retire(t, d);
            else
                slab_list_push_front(&kept, d);
        }
        while ((d = kept) != NULL) {
            slab_list_remove(&kept, d);
            release(t, d);
        }
    }
}
