// SPDX-License-Identifier: MIT
#include "tls/slab_source.h"

#include "base/option.h"
#include "binned/slab.h"
#include "vm/pages.h"
#include "vm/vm.h"

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

// False when all places are taken.
static bool keep(struct thread_cache *t, struct desc *d)
{
    size_t limit = atomic_load_explicit(&options.thread_cache, memory_order_relaxed);

    for (size_t i = 0; i < CACHED_UNITS && (i + 1) * UNIT <= limit; i++) {
        struct desc *empty = NULL;

        if (atomic_load_explicit(&t->units[i], memory_order_relaxed) == NULL &&
            atomic_compare_exchange_strong_explicit(&t->units[i], &empty, d, memory_order_release,
                                                    memory_order_relaxed))
            return true;
    }
    return false;
}

struct desc *slab_source_take(struct thread_cache *t, unsigned bin, bool first)
{
    unsigned full = bin_units(bin, vm_page_size());
    unsigned units = first && options.check != CHECK_FULL ? bin_units_of_first(bin, vm_page_size())
                                                         : full;
    struct desc *d = t != NULL && fits_unit(units) ? take_cached(t) : NULL;
    bool zero = false;
    char *base;

    base = d != NULL ? slab_start(d) : pages_take((size_t)units << UNIT_SHIFT, UNIT, &zero);
    if (base == NULL)
        return NULL;
    d = slab_create(base, bin, units, zero);
    d->first = units < full;
    d->space = options.check != CHECK_FAST ? SPACE_CHECKED : 0;
    if (options.check == CHECK_FULL && bin_size(bin) < UNIT)
        slab_keep_watch(d);
    atomic_store_explicit(&d->owner, t, memory_order_relaxed);
    return d;
}

void slab_source_give(struct thread_cache *t, struct desc *d)
{
    size_t bytes = slab_bytes(d);
    char *base = slab_start(d);

    slab_destroy(d);
    if (t == NULL || !fits_unit(d->units) || !keep(t, d))
        pages_give(base, bytes, false);
}

void slab_source_release(struct thread_cache *t)
{
    struct desc *d;

    while ((d = take_cached(t)) != NULL)
        pages_give(slab_start(d), UNIT, false);
}
