// SPDX-License-Identifier: MIT
// Where the figures come from: nothing is counted on the hit paths. What slabs have
// out is in their counters, what of that waits in magazines, rings and inboxes is
// found by walking those, which is bounded by the size of a slab.
//
// Other threads' lists are read while they change. Every link is checked to stay in
// its slab before it is followed, and no walk is longer than a slab has blocks, so
// the worst that comes of it is a figure that was never quite true.
#include "stats.h"

#include "base/lock.h"
#include "binned/slab.h"
#include "large/huge.h"
#include "space.h"
#include "tls/remote.h"
#include "tls/thread.h"
#include "vm/charge.h"
#include "vm/extent.h"
#include "vm/region.h"

#include <string.h>

// The blocks of a slab that are not on its free list.
static size_t blocks_out(const struct desc *d)
{
    uint32_t carved = d->carved, free = slab_free_count(d);

    return free <= carved ? carved - free : 0;
}

static void add_slab(struct ikyo_stats *s, const struct desc *d)
{
    size_t size = bin_size(d->bin);
    size_t out = blocks_out(d);

    s->live_blocks += out;
    s->live_bytes += out * size;
    s->cached_bytes += (d->carved - out) * size;
    s->uncarved_bytes += slab_bytes(d) - d->carved * size;
}

static void add_run(struct ikyo_stats *s, const struct desc *d)
{
    size_t bytes = (size_t)d->granules << GRANULE_SHIFT;

    s->live_blocks++;
    s->live_bytes += bytes;
    s->large_blocks++;
    s->large_bytes += bytes;
}

static void add_regions(struct ikyo_stats *s)
{
    char *base;
    size_t used;

    for (size_t i = 0; region_get(i, &base, &used); i++)
        for (size_t at = 0; at < used; at += UNIT) {
            const struct desc *d = desc_at(base + at);

            if (desc_kind(d) == KIND_SLAB)
                add_slab(s, d);
            else if (desc_kind(d) == KIND_RUN || desc_kind(d) == KIND_SPACED)
                add_run(s, d);
        }
}

// Blocks that are out of their slab, but not with the application.
static void move_to_cached(struct ikyo_stats *s, size_t count, size_t size)
{
    if (count > s->live_blocks || count * size > s->live_bytes)
        return; // they left their slab after it was counted
    s->live_blocks -= count;
    s->live_bytes -= count * size;
    s->cached_bytes += count * size;
}

static size_t magazine_length(const struct thread_cache *t, unsigned bin)
{
    const struct desc *d = t->current[bin];
    const struct block *b = t->head[bin];
    size_t n = 0;

    while (d != NULL && b != NULL && slab_is_block(d, b) && n < d->carved) {
        n++;
        b = b->next;
    }
    return n;
}

static void move_message(const struct desc *d, size_t count, void *context)
{
    move_to_cached(context, count, bin_size(d->bin));
}

static void add_cache(struct thread_cache *t, void *context)
{
    struct ikyo_stats *s = context;
    uint32_t life = atomic_load_explicit(&t->life, memory_order_relaxed);

    s->threads += life == CACHE_LIVE;
    s->pooled_caches += life == CACHE_POOLED;
    s->allocations += t->handed + t->large_allocations;
    for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
        size_t n = magazine_length(t, bin);

        move_to_cached(s, n, bin_size(bin));
        s->allocations -= n;
    }
    for (int set = 0; set < RING_SETS; set++)
        for (int way = 0; way < RING_WAYS; way++) {
            const struct ring *ring = &t->rings[set][way];
            const struct desc *d = ring->slab;

            if (d != NULL)
                move_to_cached(s, ring->count, bin_size(d->bin));
        }
    for (int i = 0; i < CACHED_UNITS; i++)
        if (atomic_load_explicit(&t->units[i], memory_order_relaxed) != NULL)
            s->cached_bytes += UNIT;
    s->cached_bytes += run_cached_bytes(&t->runs);
    remote_visit(t, move_message, s);
}

static void add_extents(struct ikyo_stats *s)
{
    lock_take(LOCK_EXTENT);
    s->dirty_free_bytes = extent_totals.dirty << GRANULE_SHIFT;
    s->clean_free_bytes = extent_totals.clean << GRANULE_SHIFT;
    lock_give(LOCK_EXTENT);
}

static void add_huge(struct ikyo_stats *s)
{
    struct huge_totals huge;

    huge_totals_get(&huge);
    s->huge_blocks = huge.blocks;
    s->huge_bytes = huge.bytes;
    s->huge_cached_bytes = huge.cached_bytes;
    s->live_blocks += huge.blocks;
    s->live_bytes += huge.bytes;
}

static void add_charges(struct ikyo_stats *s)
{
    struct charge_totals c;

    charge_totals_get(&c);
    s->metadata_bytes = c.committed[CHARGE_METADATA];
    s->committed_bytes = c.committed[CHARGE_CHUNK] + c.committed[CHARGE_HUGE] + s->metadata_bytes;
    s->reserved_bytes = c.reserved;
    s->peak_committed_bytes = c.peak_committed;
    s->commits = c.commits;
    s->decommits = c.decommits;
    s->commit_bytes = c.committed_bytes;
    s->decommit_bytes = c.decommitted_bytes;
}

void stats_collect(struct ikyo_stats *out)
{
    memset(out, 0, sizeof(*out));
    out->version = IKYO_STATS_VERSION;
    add_regions(out);
    thread_visit_caches(add_cache, out);
    out->allocations += space_allocations();
    add_extents(out);
    add_huge(out);
    add_charges(out);
    out->frees = out->allocations > out->live_blocks ? out->allocations - out->live_blocks : 0;
}
