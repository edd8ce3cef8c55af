// SPDX-License-Identifier: MIT
#include "census.h"

#include "reach.h"
#include "world.h"

#include "binned/depot.h"
#include "binned/slab.h"
#include "tls/thread.h"

#include <stdlib.h>
#include <string.h>

// What is gathered for one look. Not part of the state, and so not a variable.
struct census {
    const char *places[UNITS][UNIT / BLOCK_ALIGNMENT]; // of each block; NULL: nowhere
    const char *uses[UNITS];                           // of each unit; NULL: none
    bool in_depot[UNITS];
    size_t kept_bytes;
};

static struct census *census;

void census_init(void)
{
    census = calloc(1, sizeof(*census));
    if (census == NULL)
        search_fail("no memory for the census");
}

// The bin of each slab is noted when it is seen to be listed for the first time.
static void check_listed(size_t unit)
{
    const struct desc *d = &world->descs[unit];
    int bin = d->listed ? d->bin : -1;

    if (bin >= 0 && d->kind != KIND_SLAB)
        search_fail("slab %zu was destroyed while listed", unit);
    if (bin >= 0 && world->listed_bin[unit] >= 0 && bin != world->listed_bin[unit])
        search_fail("slab %zu changed its bin while listed", unit);
    world->listed_bin[unit] = bin;
}

static void check_depot(unsigned bin)
{
    for (struct desc *d = reach_depot_first(bin); d != NULL; d = reach_depot_next(d)) {
        size_t unit = (size_t)(d - world->descs);

        if (unit >= UNITS)
            search_fail("depot %u leads out of the units", bin);
        if (census->in_depot[unit])
            search_fail("slab %zu is in a depot twice", unit);
        if (d->kind != KIND_SLAB || d->bin != bin || !d->listed)
            search_fail("unit %zu is in depot %u, but it is no listed slab of that bin", unit, bin);
        census->in_depot[unit] = true;
    }
}

void census_step(void)
{
    memset(census->in_depot, 0, sizeof(census->in_depot));
    for (size_t unit = 0; unit < UNITS; unit++)
        check_listed(unit);
    for (unsigned bin = 0; bin < BIN_COUNT; bin++)
        check_depot(bin);
}

static const char **place_of(const void *block)
{
    return &census->places[world_unit(block)][((uintptr_t)block & (UNIT - 1)) / BLOCK_ALIGNMENT];
}

static void put(const struct block *b, const char *place)
{
    const char **at = place_of(b);

    if (*at != NULL)
        search_fail("a block of unit %zu is in two places: %s and %s", world_unit(b), *at, place);
    *at = place;
}

static void use(size_t unit, const char *how)
{
    if (census->uses[unit] != NULL)
        search_fail("unit %zu is in two uses: %s and %s", unit, census->uses[unit], how);
    census->uses[unit] = how;
}

static void put_in_inbox(const struct block *b)
{
    put(b, "inbox");
}

static void own(const struct thread_cache *t, struct desc *d, enum slab_state state,
                const char *list)
{
    if (d->owner != t || (enum slab_state)d->state != state)
        search_fail("slab %zu is %s and has another owner or state", (size_t)(d - world->descs),
                    list);
    use((size_t)(d - world->descs), list);
    if (d->kept)
        census->kept_bytes += slab_bytes(d);
}

static void own_list(const struct thread_cache *t, struct desc *first, enum slab_state state,
                     const char *list)
{
    struct desc *d = first;

    if (first == NULL)
        return;
    do {
        own(t, d, state, list);
        if (d->next->prev != d)
            search_fail("a list of slabs is broken");
        d = d->next;
    } while (d != first);
}

static void visit_bin(const struct thread_cache *t, unsigned bin)
{
    if (t->current[bin] != NULL)
        own(t, t->current[bin], SLAB_CURRENT, "current");
    own_list(t, t->partial[bin], SLAB_PARTIAL, "partial");
    for (const struct block *b = t->head[bin]; b != NULL; b = b->next) {
        put(b, "magazine");
        if (slab_head(desc_at(b)) != t->current[bin])
            search_fail("a magazine has a block of another slab");
    }
}

static void visit_rings(const struct thread_cache *t)
{
    size_t bytes = 0;

    for (size_t i = 0; i < RING_SETS * RING_WAYS; i++) {
        const struct ring *r = &t->rings[i / RING_WAYS][i % RING_WAYS];
        const struct block *b = r->first, *last = NULL;

        if (r->slab == NULL)
            continue;
        for (uint32_t n = 0; n < r->count; n++, b = b->next) {
            put(b, "ring");
            last = b;
        }
        if (last != r->last)
            search_fail("a ring does not end where it says");
        bytes += r->count * bin_size(r->slab->bin);
    }
    if (bytes != t->ring_bytes)
        search_fail("the rings hold %zu bytes and count %zu", bytes, t->ring_bytes);
}

static void visit_cache(struct thread_cache *t, void *context)
{
    size_t slabs = 0;

    (void)context;
    if (t->life == CACHE_DEAD)
        return;
    census->kept_bytes = 0;
    for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
        visit_bin(t, bin);
        slabs += t->head[bin] != NULL || t->current[bin] != NULL || t->partial[bin] != NULL;
    }
    own_list(t, t->waiting, SLAB_WAITING, "waiting");
    visit_rings(t);
    reach_inbox(t, put_in_inbox);
    for (int i = 0; i < CACHED_UNITS; i++)
        if (t->units[i] != NULL)
            use((size_t)(t->units[i] - world->descs), "cached");
    if (census->kept_bytes != t->kept_bytes)
        search_fail("a cache keeps %zu bytes and counts %zu", census->kept_bytes, t->kept_bytes);
    if ((t->life == CACHE_POOLED || t->life == CACHE_NONE) &&
        (slabs != 0 || t->waiting != NULL || t->ring_bytes != 0 || t->units[0] != NULL ||
         (t->inbox != NULL && !world->forked)))
        search_fail("a cache that no thread uses has something");
}

static void check_blocks(struct desc *d, size_t unit)
{
    size_t size = bin_size(d->bin);

    for (size_t i = 0; i < d->capacity; i++) {
        const char *place = *place_of(d->base + i * size);

        if (i < d->carved && place == NULL)
            search_fail("block %zu of slab %zu is lost", i, unit);
        if (i >= d->carved && place != NULL)
            search_fail("block %zu of slab %zu was never carved, but is in the %s", i, unit, place);
    }
}

// A slab is on a list of its owner, in its depot, or found by the first free of one
// of its blocks.
static void check_slab(struct desc *d, size_t unit)
{
    slab_check(d);
    for (const struct block *b = d->free; b != NULL; b = b->next)
        put(b, "free list");
    check_blocks(d, unit);
    if (slab_out_count(d) > 0 && d->count == 0)
        search_fail("nobody is told when the blocks of slab %zu come back", unit);
    for (size_t i = 1; i < d->units; i++) {
        use(unit + i, "member");
        if (d[i].kind != KIND_MEMBER || slab_head(&d[i]) != d || d[i].owner != NULL)
            search_fail("unit %zu is no member of slab %zu", unit + i, unit);
    }
    if (d->owner != nobody()) {
        if (census->uses[unit] == NULL)
            search_fail("slab %zu is on no list of its owner", unit);
        return;
    }
    use(unit, "loose");
    if (d->listed && !census->in_depot[unit])
        search_fail("slab %zu is listed, but in no depot", unit);
    if (!d->listed && (d->free != NULL || slab_has_uncarved(d)))
        search_fail("slab %zu is lost: it has room, no owner, and is in no depot", unit);
}

static bool is_of_dead(const struct desc *d)
{
    return d->owner != NULL && d->owner != nobody() && d->owner->life == CACHE_DEAD;
}

void census_end(void)
{
    memset(census->places, 0, sizeof(census->places));
    memset(census->uses, 0, sizeof(census->uses));
    for (int i = 0; i < HELD; i++)
        if (world->held[i] != NULL)
            put(world->held[i], "application");
    thread_visit_caches(visit_cache, NULL);
    for (size_t unit = 0; unit < UNITS; unit++) {
        struct desc *d = &world->descs[unit];

        if (world->unit_free[unit])
            use(unit, "free");
        if (d->kind == KIND_SLAB && !is_of_dead(d) && !world->forked)
            check_slab(d, unit);
        if (d->kind != KIND_SLAB && d->listed)
            search_fail("unit %zu is listed and no slab", unit);
    }
    for (size_t unit = 0; unit < UNITS; unit++)
        if (census->uses[unit] == NULL && !world->forked)
            search_fail("unit %zu is in no use", unit);
}
