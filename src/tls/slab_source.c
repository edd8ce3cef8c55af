// SPDX-License-Identifier: MIT
#include "tls/slab_source.h"

#include "base/option.h"
#include "binned/slab.h"
#include "vm/pages.h"
#include "vm/vm.h"

enum { GUARD_ONE_IN = 16 };

// Slabs of less than a page cannot be; where pages are large no slab is one unit.
static bool fits_unit(unsigned units)
{
    return units == 1;
}

static size_t guard_bytes(void)
{
    return pages_round(UNIT);
}

static bool wants_guard(void)
{
    return options.check != CHECK_FAST && options.guard == GUARD_LARGE &&
           slab_draw() % GUARD_ONE_IN == 0;
}

// The pages of a slab with a guard behind them.
static char *take_guarded(size_t bytes, bool *zero)
{
    char *base = pages_take(bytes + guard_bytes(), UNIT, zero);

    if (base == NULL)
        return NULL;
    if (vm_guard_install(base + bytes, guard_bytes()))
        desc_set_kind(desc_at(base + bytes), KIND_GUARD);
    else
        pages_give(base + bytes, guard_bytes(), *zero);
    return base;
}

static char *take_pages(size_t bytes, bool *zero)
{
    char *base = wants_guard() ? take_guarded(bytes, zero) : NULL;

    return base != NULL ? base : pages_take(bytes, UNIT, zero);
}

static bool is_guarded(const char *base, size_t bytes)
{
    const struct desc *d = desc_of(base + bytes);

    return d != NULL && desc_kind(d) == KIND_GUARD;
}

static void give_pages(char *base, size_t bytes)
{
    if (is_guarded(base, bytes)) {
        desc_set_kind(desc_at(base + bytes), KIND_NONE);
        vm_guard_remove(base + bytes, guard_bytes());
        bytes += guard_bytes();
    }
    pages_give(base, bytes, false);
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

    base = d != NULL ? slab_start(d) : take_pages((size_t)units << UNIT_SHIFT, &zero);
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
    if (t == NULL || !fits_unit(d->units) || is_guarded(base, bytes) || !keep(t, d))
        give_pages(base, bytes);
}

void slab_source_release(struct thread_cache *t)
{
    struct desc *d;

    while ((d = take_cached(t)) != NULL)
        pages_give(slab_start(d), UNIT, false);
}
