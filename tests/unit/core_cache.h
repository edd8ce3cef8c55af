// SPDX-License-Identifier: MIT
// For the tests of the tls layer: thread caches that no thread has, and the two hit paths over
// them, so that one thread can play several.
#ifndef TESTS_UNIT_CORE_CACHE_H
#define TESTS_UNIT_CORE_CACHE_H

#include "core.h"

#include "base/lock.h"
#include "binned/depot.h"
#include "tls/magazine.h"
#include "tls/remote.h"
#include "tls/upkeep.h"
#include "vm/extent.h"

static struct thread_cache cache_a, cache_b, cache_c;

static inline void core_start_caches(void)
{
    core_start_pages(os_page_size());
    atomic_store(&cache_a.life, CACHE_LIVE);
    atomic_store(&cache_b.life, CACHE_LIVE);
    atomic_store(&cache_c.life, CACHE_LIVE);
    cache_a.short_left = cache_b.short_left = cache_c.short_left = LONG_WAY_PERIOD;
    cache_a.short_ways = cache_b.short_ways = cache_c.short_ways = LONG_WAY_PERIOD;
}

// What malloc does.
static inline void *core_take(struct thread_cache *t, unsigned bin)
{
    struct block *b = t->head[bin];

    if (b == NULL)
        return magazine_refill(t, bin);
    t->head[bin] = b->next;
    return b;
}

static inline struct desc *core_slab_of(const void *p)
{
    return slab_head(desc_at(p));
}

static inline struct thread_cache *core_owner(const struct desc *d)
{
    return atomic_load(&d->owner);
}

// What free does.
static inline void core_give(struct thread_cache *t, void *p)
{
    struct desc *d = core_slab_of(p);
    struct block *b = p;

    if (core_owner(d) != t) {
        magazine_free(t, d, b);
        return;
    }
    b->next = d->free;
    d->free = b;
    if (--d->count == 0)
        magazine_event(t, d);
}

// Bytes that slabs, units and runs have of the shared pages.
static inline size_t core_used(void)
{
    size_t granules;

    lock_take(LOCK_EXTENT);
    extent_check();
    granules = extent_totals.used;
    lock_give(LOCK_EXTENT);
    return granules << GRANULE_SHIFT;
}

// All the blocks of one slab, which is t's current one then, with an empty magazine.
static inline size_t core_take_slab(struct thread_cache *t, unsigned bin, void **blocks)
{
    struct desc *d;
    size_t n = 1;

    blocks[0] = core_take(t, bin);
    require(blocks[0] != NULL);
    d = core_slab_of(blocks[0]);
    for (; n < d->capacity; n++) {
        blocks[n] = core_take(t, bin);
        require(core_slab_of(blocks[n]) == d);
    }
    require(t->current[bin] == d && t->head[bin] == NULL);
    return n;
}

#endif
