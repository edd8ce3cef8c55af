// SPDX-License-Identifier: MIT
#include "space_slab.h"

#include "base/option.h"
#include "binned/slab.h"
#include "tls/slab_list.h"
#include "tls/slab_source.h"

// Of empty slabs together.
#define KEPT_MOST (4 * UNIT)

static void keep(struct ikyo_space *s, struct desc *d)
{
    d->kept = 1;
    s->kept_bytes += slab_bytes(d);
}

static void end_keeping(struct ikyo_space *s, struct desc *d)
{
    if (d->kept)
        s->kept_bytes -= slab_bytes(d);
    d->kept = 0;
}

static struct desc *add_slab(struct ikyo_space *s, unsigned bin)
{
    struct desc *d = slab_source_take(NULL, bin, !s->seen[bin]);

    if (d == NULL)
        return NULL;
    s->seen[bin] = true;
    s->slab_bytes += slab_bytes(d);
    d->space |= SPACE_OWNED;
    d->state = SLAB_PARTIAL;
    slab_list_push_back(&s->partial[bin], d);
    atomic_store_explicit(&d->owner, (struct thread_cache *)s, memory_order_relaxed);
    return d;
}

static void end_slab(struct ikyo_space *s, struct desc **list, struct desc *d)
{
    end_keeping(s, d);
    s->slab_bytes -= slab_bytes(d);
    slab_list_remove(list, d);
    slab_source_give(NULL, d);
}

// Blocks that never were out become free ones.
static void carve(struct desc *d)
{
    uint32_t out = slab_out_count(d);

    d->free = slab_carve(d, false).first;
    slab_set_out(d, out);
}

struct space_block space_slab_take(struct ikyo_space *s, unsigned bin)
{
    struct space_block taken = {.grew = s->partial[bin] == NULL};
    struct desc *d = taken.grew ? add_slab(s, bin) : s->partial[bin];

    if (d == NULL)
        return taken;
    if (d->free == NULL)
        carve(d);
    taken.block = d->free;
    taken.broken = taken.block->next != NULL && !slab_may_hold(d, taken.block->next);
    d->free = taken.broken ? NULL : taken.block->next;
    end_keeping(s, d);
    slab_set_out(d, slab_out_count(d) + 1);
    if (d->free == NULL && !slab_has_uncarved(d)) {
        slab_list_remove(&s->partial[bin], d);
        d->state = SLAB_LOOSE;
        slab_list_push_back(&s->full, d);
    }
    return taken;
}

static size_t kept_limit(void)
{
    size_t set = atomic_load_explicit(&options.thread_cache, memory_order_relaxed);

    return set < KEPT_MOST ? set : KEPT_MOST;
}

bool space_slab_give(struct ikyo_space *s, struct desc *d, struct block *b)
{
    uint32_t out = slab_out_count(d);

    if (out == 0 || d->free == b)
        return false;
    b->next = d->free;
    d->free = b;
    slab_set_out(d, out - 1);
    if (d->state == SLAB_LOOSE) {
        slab_list_remove(&s->full, d);
        d->state = SLAB_PARTIAL;
        slab_list_push_back(&s->partial[d->bin], d);
    }
    if (out > 1)
        return true;
    if (s->kept_bytes + slab_bytes(d) <= kept_limit())
        keep(s, d);
    else
        end_slab(s, &s->partial[d->bin], d);
    return true;
}

void space_slab_trim(struct ikyo_space *s)
{
    for (unsigned bin = 0; bin < BIN_COUNT && s->kept_bytes > 0; bin++) {
        struct desc *d = s->partial[bin], *last = d != NULL ? d->prev : NULL;

        while (d != NULL) {
            struct desc *next = d != last ? d->next : NULL;

            if (d->kept)
                end_slab(s, &s->partial[bin], d);
            d = next;
        }
    }
}

static void end_list(struct ikyo_space *s, struct desc **list)
{
    while (*list != NULL)
        end_slab(s, list, *list);
}

void space_slab_end(struct ikyo_space *s)
{
    for (unsigned bin = 0; bin < BIN_COUNT; bin++)
        end_list(s, &s->partial[bin]);
    end_list(s, &s->full);
}

static void visit_list(struct desc *list, void (*visit)(struct desc *d, void *context),
                       void *context)
{
    struct desc *d = list;

    if (d != NULL)
        do
            visit(d, context);
        while ((d = d->next) != list);
}

void space_slab_visit(struct ikyo_space *s, void (*visit)(struct desc *d, void *context),
                      void *context)
{
    for (unsigned bin = 0; bin < BIN_COUNT; bin++)
        visit_list(s->partial[bin], visit, context);
    visit_list(s->full, visit, context);
}
