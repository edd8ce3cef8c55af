// SPDX-License-Identifier: MIT
#include "large/run.h"

#include "base/check.h"
#include "base/option.h"
#include "vm/pages.h"
#include "vm/region.h"
#include "vm/vm.h"

// Flags in `state`.
enum {
    GUARDED = 1, // the run's last page is a guard
    HELD = 4,    // all of it is, until the hold ends; no state of a slab, which stays behind
};

size_t run_usable_size(const struct desc *d)
{
    return run_bytes(d) - (d->state & GUARDED ? vm_page_size() : 0);
}

static void remember_bytes(struct run_cache *cache, size_t size, bool more)
{
    if (more)
        atomic_fetch_add_explicit(&cache->bytes, size, memory_order_relaxed);
    else
        atomic_fetch_sub_explicit(&cache->bytes, size, memory_order_relaxed);
}

static struct desc *take_slot(struct run_cache *cache, int i)
{
    struct desc *d = atomic_exchange_explicit(&cache->slots[i], NULL, memory_order_acquire);

    if (d != NULL)
        remember_bytes(cache, run_bytes(d), false);
    return d;
}

static struct desc *take_latest(struct run_cache *cache)
{
    return atomic_exchange_explicit(&cache->latest, NULL, memory_order_acquire);
}

static bool put_slot(struct run_cache *cache, struct desc *d)
{
    size_t bytes = run_bytes(d); // once it is in a slot it may be another's

    for (int i = 0; i < CACHED_RUNS; i++) {
        struct desc *empty = NULL;

        if (atomic_load_explicit(&cache->slots[i], memory_order_relaxed) == NULL &&
            atomic_compare_exchange_strong_explicit(&cache->slots[i], &empty, d,
                                                    memory_order_release, memory_order_relaxed)) {
            remember_bytes(cache, bytes, true);
            return true;
        }
    }
    return false;
}

size_t run_limit(void)
{
    size_t set = atomic_load_explicit(&options.mmap_threshold, memory_order_relaxed);

    return set < RUN_MAX ? set : RUN_MAX;
}

// Guards in the midst of a region may not split its mapping, so there is one only
// where the system has guards that do not.
static void guard(struct desc *d)
{
    size_t page = vm_page_size();

    if (vm_guard_install(d->base + run_bytes(d) - page, page))
        d->state |= GUARDED;
}

static void unguard(struct desc *d)
{
    size_t page = vm_page_size();

    if (d->state & GUARDED)
        vm_guard_remove(d->base + run_bytes(d) - page, page);
    d->state = 0;
}

// In a cache a run keeps its guard, for the block that it serves next.
static void give_pages(struct desc *d)
{
    unguard(d);
    pages_give(d->base, run_bytes(d), false);
}

// The run that the short way kept becomes one of those that all can use.
static void put_latest_aside(struct run_cache *cache)
{
    struct desc *d = take_latest(cache);

    if (d != NULL && !put_slot(cache, d))
        give_pages(d);
}

// A cached run that is long enough and not much longer. It is looked at only
// after it was taken, since another thread may empty the slot.
static struct desc *take_cached(struct run_cache *cache, size_t bytes, size_t alignment)
{
    put_latest_aside(cache);
    if (atomic_load_explicit(&cache->bytes, memory_order_relaxed) < bytes)
        return NULL;
    for (int i = 0; i < CACHED_RUNS; i++) {
        struct desc *d = take_slot(cache, i);

        if (d == NULL)
            continue;
        if (run_bytes(d) >= bytes && run_bytes(d) - bytes <= bytes / RUN_SLACK &&
            ((uintptr_t)d->base & (alignment - 1)) == 0)
            return d;
        if (!put_slot(cache, d))
            give_pages(d);
    }
    return NULL;
}

static struct desc *describe(char *base, size_t bytes)
{
    struct desc *d = desc_at(base);

    d->base = base;
    d->granules = (uint32_t)(bytes >> GRANULE_SHIFT);
    d->state = 0;
    d->space = 0;
    return d;
}

void *run_alloc(struct run_cache *cache, size_t size, size_t alignment, bool *zero)
{
    size_t page = vm_page_size();
    bool guarded = options.guard == GUARD_LARGE;
    size_t bytes = pages_round(size < UNIT ? UNIT : size) + (guarded ? page : 0);
    struct desc *d = take_cached(cache, bytes, alignment);

    *zero = false;
    if (d == NULL) {
        char *base = pages_take(bytes, alignment < page ? page : alignment, zero);

        if (base == NULL)
            return NULL;
        d = describe(base, bytes);
    }
    if (guarded && !(d->state & GUARDED))
        guard(d);
    desc_set_kind(d, KIND_RUN);
    return d->base;
}

void run_cache_tick(struct run_cache *cache)
{
    size_t keep = atomic_load_explicit(&options.thread_cache, memory_order_relaxed);
    size_t cached = atomic_load_explicit(&cache->bytes, memory_order_relaxed);

    cache->room = options.guard == GUARD_LARGE || cached > keep ? 0 : keep - cached;
    if (unlikely(run_cached_bytes(cache) > keep))
        run_cache_release(cache);
}

bool run_free(struct run_cache *cache, struct desc *d, void *p)
{
    uint8_t run = KIND_RUN;
    size_t keep = atomic_load_explicit(&options.thread_cache, memory_order_relaxed);

    if (d->base != p || !atomic_compare_exchange_strong_explicit(&d->kind, &run, KIND_FREED,
                                                                 memory_order_relaxed,
                                                                 memory_order_relaxed))
        return false;
    if (run_cached_bytes(cache) + run_bytes(d) > keep || !put_slot(cache, d))
        give_pages(d);
    run_cache_tick(cache);
    return true;
}

bool run_resize(struct desc *d, size_t size)
{
    size_t bytes = pages_round(size < UNIT ? UNIT : size);
    size_t now = run_usable_size(d);
    bool guarded = d->state & GUARDED;
    bool zero;

    if (bytes == now)
        return true;
    unguard(d);
    if (guarded)
        bytes += vm_page_size();
    now = run_bytes(d);
    if (bytes > now && !pages_take_behind(d->base + now, bytes - now, &zero)) {
        if (guarded)
            guard(d);
        return false;
    }
    if (bytes < now)
        pages_give(d->base + bytes, now - bytes, false);
    d->granules = (uint32_t)(bytes >> GRANULE_SHIFT);
    if (guarded)
        guard(d);
    return true;
}

bool run_hold(struct desc *d)
{
    if (!vm_guard_install(d->base, run_bytes(d)))
        return false;
    d->state |= HELD;
    desc_set_kind(d, KIND_FREED);
    return true;
}

static bool is_held(const struct desc *d)
{
    return desc_kind(d) == KIND_FREED && d->state & HELD;
}

// No more units than the longest run has lie between p and the one that it starts in.
struct desc *run_find_held(const void *p)
{
    uintptr_t unit = (uintptr_t)p & ~(UNIT - 1);

    for (size_t back = 0; back <= RUN_MAX + UNIT; back += UNIT) {
        struct desc *d;

        if (!region_holds((const void *)(unit - back)))
            break;
        d = desc_at((const void *)(unit - back));
        if (is_held(d) && (size_t)((const char *)p - d->base) < run_bytes(d))
            return d;
    }
    return NULL;
}

bool run_open_held(struct desc *d)
{
    if (!is_held(d))
        return false;
    d->state &= GUARDED;
    vm_guard_remove(d->base, run_bytes(d));
    return true;
}

void run_end_hold(struct desc *d, bool clean)
{
    d->state = 0;
    pages_give(d->base, run_bytes(d), clean);
}

void run_vacate(struct desc *d)
{
    unguard(d);
    desc_set_kind(d, KIND_FREED);
    pages_give(d->base, run_bytes(d), true);
}

void run_cache_release(struct run_cache *cache)
{
    struct desc *d = take_latest(cache);

    for (int i = 0;; i++) {
        if (d != NULL)
            give_pages(d);
        if (i == CACHED_RUNS)
            return;
        d = take_slot(cache, i);
    }
}
