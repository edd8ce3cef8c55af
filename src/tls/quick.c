// SPDX-License-Identifier: MIT
#include "tls/quick.h"

#include "base/check.h"
#include "binned/depot.h"
#include "tls/magazine.h"
#include "tls/remote.h"
#include "tls/slab_list.h"

#include <errno.h>

// True when the slab has a list that can go out as it is.
static bool is_ready(const struct desc *d)
{
    return d != NULL && d->free != NULL;
}

// The current slab is used up and nothing came back: the next one takes its place.
static struct desc *switch_slab(struct thread_cache *t, struct desc *d, unsigned bin)
{
    struct desc *next = t->partial[bin];

    if (!is_ready(next) || slab_has_uncarved(d) ||
        atomic_load_explicit(&t->inbox, memory_order_relaxed) != NULL)
        return NULL;
    slab_list_remove(&t->partial[bin], next);
    t->current[bin] = next;
    t->cycles[bin] = CYCLES_HOT;
    magazine_forget_kept(t, d);
    slab_set_out(d, slab_out_count(d));
    slab_release_full(d);
    return next;
}

void *quick_refill(struct thread_cache *t, unsigned bin)
{
    struct desc *d = t->current[bin];

    if (unlikely(d == NULL) || unlikely(upkeep_is_due(t)))
        return NULL;
    if (d->free == NULL) {
        d = switch_slab(t, d, bin);
        if (unlikely(d == NULL))
            return NULL;
    } else if (d->kept) {
        if (slab_out_count(d) != 0)
            magazine_forget_kept(t, d);
        else if (!d->recycles)
            return NULL;
    }
    return magazine_hand_out(t, d, slab_steal(d), false);
}

// The first free into a slab of t that had all blocks out: it is worth using again, or
// waits for more. Not for a slab of a single block, which is empty now.
static bool take_first(struct thread_cache *t, struct desc *d, struct block *b)
{
    uint32_t out = slab_out_count(d) - 1;
    uint32_t wake = slab_wake_threshold(d) - 1;

    if (unlikely(d->free != NULL) || unlikely(out == 0) || slab_has_uncarved(d))
        return false;
    b->next = NULL;
    d->free = b;
    if (wake == 0) {
        slab_set_out(d, out);
        d->state = SLAB_PARTIAL;
        slab_list_push_back(&t->partial[d->bin], d);
        return true;
    }
    d->count = (uint16_t)wake;
    d->beyond = (uint16_t)(out - wake);
    d->state = SLAB_WAITING;
    slab_list_push_front(&t->waiting, d);
    return true;
}

bool quick_send(struct thread_cache *t, struct desc *d, void *p)
{
    return likely(t != &empty_cache) && likely(!upkeep_is_due(t)) && likely(slab_is_block(d, p)) &&
           remote_add(t, d, p);
}

bool quick_claim(struct thread_cache *t, struct desc *d, void *p)
{
    int saved;

    if (unlikely(t == &empty_cache) || unlikely(upkeep_is_due(t)) ||
        unlikely(!slab_is_block(d, p)) || unlikely(!slab_claim(d, t)))
        return false;
    if (likely(take_first(t, d, p)))
        return true;
    saved = errno;
    if (check(d->free != p, report_double_free("free", p)))
        magazine_return(t, d, p, p, 1);
    errno = saved;
    return true;
}
