// SPDX-License-Identifier: MIT
#include "space_slab.h"

#include "base/option.h"
#include "binned/slab.h"
#include "tls/slab_list.h"
#include "tls/slab_source.h"

#include <errno.h>

// Of empty slabs together, unless there is one only. None is larger than the option allows.
#define KEPT_MOST (SPACE_KEPT * UNIT)

// A block of a kept slab goes out, or the slab ends.
static NOINLINE void end_keeping(struct ikyo_space *s, struct desc *d)
{
    struct desc **at = s->kept;

    while (*at != d)
        at++;
    for (; at + 1 < s->kept + SPACE_KEPT; at++)
        at[0] = at[1];
    *at = NULL;
    s->kept_bytes -= slab_bytes(d);
    d->kept = 0;
}

static struct desc *add_slab(struct ikyo_space *s, unsigned bin)
{
    int saved = errno;
    struct desc *d = slab_source_take(NULL, bin, !s->seen[bin]);

    if (d == NULL)
        return NULL;
    errno = saved;
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
    int saved = errno;

    if (d->kept)
        end_keeping(s, d);
    s->slab_bytes -= slab_bytes(d);
    slab_list_remove(list, d);
    slab_source_give(NULL, d);
    errno = saved;
}

static void end_oldest_kept(struct ikyo_space *s)
{
    struct desc *d = s->kept[0];

    end_slab(s, &s->partial[d->bin], d);
}

// An empty slab makes room for itself among those that have been empty for longer: the sizes
// that the program uses now are those it will ask for next.
static void keep(struct ikyo_space *s, struct desc *d)
{
    size_t set = atomic_load_explicit(&options.thread_cache, memory_order_relaxed);
    size_t most = set < KEPT_MOST ? set : KEPT_MOST;
    struct desc **at = s->kept;

    if (slab_bytes(d) > set) {
        end_slab(s, &s->partial[d->bin], d);
        return;
    }
    while (s->kept_bytes > 0 && s->kept_bytes + slab_bytes(d) > most)
        end_oldest_kept(s);
    while (*at != NULL)
        at++;
    *at = d;
    d->kept = 1;
    s->kept_bytes += slab_bytes(d);
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
    taken.broken = taken.block->next != NULL && !slab_is_block(d, taken.block->next);
    d->free = taken.broken ? NULL : taken.block->next;
    if (unlikely(d->kept))
        end_keeping(s, d);
    slab_set_out(d, slab_out_count(d) + 1);
    if (d->free == NULL && !slab_has_uncarved(d)) {
        slab_list_remove(&s->partial[bin], d);
        d->state = SLAB_LOOSE;
        slab_list_push_back(&s->full, d);
    }
    return taken;
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
    if (out == 1)
        keep(s, d);
    return true;
}

void space_slab_trim(struct ikyo_space *s)
{
    while (s->kept_bytes > 0)
        end_oldest_kept(s);
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
