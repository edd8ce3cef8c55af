// SPDX-License-Identifier: MIT
#include "cache.h"

#include <stdlib.h>

enum {
    PAGE = 4096,
    DESCRIPTOR = 64,
    KEPT_UNITS = 6, // KEPT_BYTES of the library
    CYCLES_HOT = 16,
    CARVED_LEAST = 4,
    BORROW_MOST = 8,
    BORROW_FROM = 2,
};

void cache_init(struct cache *c, const struct classes *classes, size_t unit)
{
    *c = (struct cache){.classes = classes, .unit = unit};
    for (unsigned i = 0; i < classes->count; i++)
        c->bins[i].magazine = NO_BLOCK;
}

static struct slab *create(struct cache *c, unsigned bin, bool first)
{
    struct slab *s = slab_create(bin, c->classes->size[bin], c->unit, first);

    c->resident += s->units * DESCRIPTOR;
    c->created++;
    return s;
}

static void destroy(struct cache *c, struct slab *s)
{
    c->resident -= s->units * DESCRIPTOR + (size_t)__builtin_popcountll(s->written) * PAGE;
    free(s);
}

static void add_partial(struct cache *c, struct slab *s)
{
    struct bin *b = &c->bins[s->bin];

    s->state = PARTIAL;
    s->next = NULL;
    s->previous = b->partial_end;
    *(b->partial_end != NULL ? &b->partial_end->next : &b->partial) = s;
    b->partial_end = s;
}

static void remove_partial(struct cache *c, struct slab *s)
{
    struct bin *b = &c->bins[s->bin];

    *(s->previous != NULL ? &s->previous->next : &b->partial) = s->next;
    *(s->next != NULL ? &s->next->previous : &b->partial_end) = s->previous;
}

static void forget_kept(struct cache *c, struct slab *s)
{
    if (s->kept)
        c->kept_units -= s->units;
    s->kept = false;
}

static bool has_uncarved(const struct slab *s)
{
    return s->carved < s->capacity;
}

static bool wants_carving(const struct slab *s)
{
    return s->kept && has_uncarved(s) &&
           (s->carved * s->block_bytes < PAGE || s->carved < CARVED_LEAST);
}

static void hand_out(struct cache *c, struct slab *s)
{
    struct bin *b = &c->bins[s->bin];
    unsigned pages = 0;

    b->current = s;
    s->state = CURRENT;
    if (s->free != NO_BLOCK && !wants_carving(s))
        b->magazine = slab_steal(s).first;
    else
        b->magazine = slab_carve(s, b->cycles == CYCLES_HOT, &pages).first;
    c->resident += (size_t)pages * PAGE;
}

static void put_aside(struct cache *c, struct slab *s)
{
    forget_kept(c, s);
    slab_set_out(s, slab_out(s));
    s->state = LOOSE;
    if (has_uncarved(s))
        add_partial(c, s);
}

static void refill(struct cache *c, unsigned bin)
{
    struct bin *b = &c->bins[bin];
    struct slab *s = b->current, *next = b->partial;
    bool hot = b->cycles == CYCLES_HOT;

    if (s != NULL && slab_out(s) != 0)
        forget_kept(c, s);
    if (s != NULL && s->free != NO_BLOCK && !(slab_out(s) == 0 && hot && s->first)) {
        hand_out(c, s);
        return;
    }
    if (s != NULL && s->free != NO_BLOCK) {
        forget_kept(c, s);
        destroy(c, s);
        s = NULL;
    }
    if (next != NULL)
        remove_partial(c, next);
    else if (s != NULL && has_uncarved(s))
        next = s;
    else
        next = create(c, bin, s == NULL && !hot);
    if (s != NULL && next != s) {
        b->cycles = CYCLES_HOT;
        put_aside(c, s);
    }
    hand_out(c, next);
}

// A bin without a slab borrows a few blocks of the next ones.
static unsigned lender(struct cache *c, unsigned bin)
{
    struct bin *b = &c->bins[bin];

    if (b->current != NULL || b->borrowed == BORROW_MOST)
        return bin;
    for (unsigned i = bin + 1; i <= bin + BORROW_FROM && i < c->classes->count; i++)
        if (c->bins[i].magazine != NO_BLOCK) {
            b->borrowed++;
            return i;
        }
    return bin;
}

static void look_at_current(struct cache *c, struct slab *s)
{
    struct bin *b = &c->bins[s->bin];
    uint32_t out = slab_out(s);

    for (uint16_t block = b->magazine, after; block != NO_BLOCK; block = after, out--) {
        after = s->after[block];
        slab_push(s, block);
    }
    b->magazine = NO_BLOCK;
    slab_set_out(s, out);
    if (out > 0)
        return;
    if (b->cycles < CYCLES_HOT)
        b->cycles++;
    if (s->kept)
        return;
    if (c->kept_units + s->units > KEPT_UNITS) {
        b->current = NULL;
        destroy(c, s);
        return;
    }
    c->kept_units += s->units;
    s->kept = true;
}

// A slab on no list goes where its free blocks say.
static void settle(struct cache *c, struct slab *s)
{
    uint32_t out = slab_out(s), got = s->carved - out, wake = s->capacity / 8;

    wake = wake < 1 ? 1 : wake > 32 ? 32 : wake;
    slab_set_out(s, out);
    if (out == 0) {
        destroy(c, s);
    } else if (got >= wake || has_uncarved(s)) {
        add_partial(c, s);
    } else {
        s->state = WAITING;
        s->count = wake - got;
        s->beyond = out - s->count;
    }
}

struct slab *cache_take(struct cache *c, unsigned bin, bool may_borrow, unsigned *index)
{
    struct bin *b = &c->bins[bin];

    if (b->magazine == NO_BLOCK && may_borrow)
        b = &c->bins[lender(c, bin)];
    if (b->magazine == NO_BLOCK)
        refill(c, bin);
    *index = b->magazine;
    b->magazine = b->current->after[*index];
    return b->current;
}

void cache_give(struct cache *c, struct slab *s, unsigned index)
{
    slab_push(s, index);
    s->count--;
    if (s->state == LOOSE) {
        settle(c, s);
    } else if (s->count == 0 && s->state == CURRENT) {
        look_at_current(c, s);
    } else if (s->count == 0) {
        if (s->state == PARTIAL)
            remove_partial(c, s);
        settle(c, s);
    }
}

void cache_write(struct cache *c, struct slab *s, unsigned index, size_t bytes)
{
    c->resident += (size_t)slab_write(s, index, bytes) * PAGE;
}
