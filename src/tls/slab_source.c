// SPDX-License-Identifier: MIT
#include "tls/slab_source.h"

#include "binned/slab.h"
#include "vm/pages.h"
#include "vm/vm.h"

enum {
    HOT = 8,   // slabs of one unit after which a thread fetches several at once
    BATCH = 4, // units it then fetches
};

// Slabs of less than a page cannot be; where pages are large no slab is one unit.
static bool fits_unit(unsigned units)
{
    return units == 1;
}

static struct desc *take_cached(struct thread_cache *t)
{
    for (int i = 0; i < CACHED_UNITS; i++) {
        struct desc *d = NULL;

        if (atomic_load_explicit(&t->units[i], memory_order_relaxed) != NULL)
            d = atomic_exchange_explicit(&t->units[i], NULL, memory_order_acquire);
        if (d != NULL)
            return d;
    }
    return NULL;
}

// False when all places are taken. d->base and d->zero describe the unit.
static bool keep(struct thread_cache *t, struct desc *d)
{
    for (int i = 0; i < CACHED_UNITS; i++) {
        struct desc *empty = NULL;

        if (atomic_load_explicit(&t->units[i], memory_order_relaxed) == NULL &&
            atomic_compare_exchange_strong_explicit(&t->units[i], &empty, d, memory_order_release,
                                                    memory_order_relaxed))
            return true;
    }
    return false;
}

static void keep_rest(struct thread_cache *t, char *base, unsigned units, bool zero)
{
    for (unsigned i = 0; i < units; i++) {
        char *unit = base + ((size_t)i << UNIT_SHIFT);
        struct desc *d = desc_at(unit);

        d->base = unit;
        d->zero = zero;
        desc_set_kind(d, KIND_FREED);
        if (!keep(t, d))
            pages_give(unit, UNIT, zero);
    }
}

static char *take_pages(struct thread_cache *t, unsigned units, bool *zero)
{
    bool hot = fits_unit(units) && ++t->unit_misses > HOT;
    char *base = hot ? pages_take(BATCH * UNIT, UNIT, zero) : NULL;

    if (base == NULL)
        return pages_take((size_t)units << UNIT_SHIFT, UNIT, zero);
    keep_rest(t, base + UNIT, BATCH - 1, *zero);
    return base;
}

struct desc *slab_source_take(struct thread_cache *t, unsigned bin)
{
    unsigned units = bin_units(bin, vm_page_size());
    struct desc *d = fits_unit(units) ? take_cached(t) : NULL;
    bool zero;
    char *base;

    if (d != NULL) {
        zero = d->zero;
        base = d->base;
    } else {
        base = take_pages(t, units, &zero);
        if (base == NULL)
            return NULL;
    }
    d = slab_create(base, bin, units, zero);
    atomic_store_explicit(&d->owner, t, memory_order_relaxed);
    return d;
}

void slab_source_give(struct thread_cache *t, struct desc *d)
{
    size_t bytes = slab_bytes(d);
    char *base = d->base;

    slab_destroy(d);
    d->zero = 0;
    if (!fits_unit(d->units) || !keep(t, d))
        pages_give(base, bytes, false);
}

void slab_source_release(struct thread_cache *t)
{
    struct desc *d;

    while ((d = take_cached(t)) != NULL)
        pages_give(d->base, UNIT, d->zero);
}
