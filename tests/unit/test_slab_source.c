// SPDX-License-Identifier: MIT
// Where slabs come from: the thread's own units, then the shared pages.
#include "tls/slab_source.h"

#include "base/lock.h"
#include "base/option.h"
#include "binned/slab.h"
#include "vm/extent.h"
#include "vm/pages.h"

#include "core.h"
#include "core_syscall.h"

static struct thread_cache cache;

static size_t used(void)
{
    size_t granules;

    lock_take(LOCK_EXTENT);
    extent_check();
    granules = extent_totals.used;
    lock_give(LOCK_EXTENT);
    return granules << GRANULE_SHIFT;
}

// What so many units come to where they are kept: larger pages go back at once.
static size_t kept(size_t units)
{
    return vm_page_size() <= UNIT ? units * UNIT : 0;
}

static struct desc *take(unsigned bin, bool first)
{
    struct desc *d = slab_source_take(&cache, bin, first);

    require(d != NULL);
    require(atomic_load(&d->owner) == &cache);
    require_equal(desc_kind(d), KIND_SLAB);
    require_equal(d->bin, bin);
    slab_check(d);
    return d;
}

static void slabs_of_every_bin_have_their_length(void)
{
    core_start_pages(os_page_size());
    for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
        require_equal(take(bin, false)->units, bin_units(bin, vm_page_size()));
        require_equal(take(bin, true)->units, bin_units_of_first(bin, vm_page_size()));
    }
}

static void given_back_slabs_free_all_but_three_units(void)
{
    struct desc *d[BIN_COUNT];

    core_start_pages(os_page_size());
    for (unsigned bin = 0; bin < BIN_COUNT; bin++)
        d[bin] = take(bin, false);
    for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
        slab_source_give(&cache, d[bin]);
        require(atomic_load(&d[bin]->owner) == NULL);
        require(desc_kind(d[bin]) != KIND_SLAB);
    }
    require_equal(used(), kept(CACHED_UNITS));
    slab_source_release(&cache);
    require_equal(used(), 0);
}

static void option_bounds_the_units_that_are_kept(void)
{
    struct desc *first, *second;

    core_start_pages(os_page_size());
    options.thread_cache = 2 * UNIT - 1;
    first = take(0, false);
    second = take(9, false);
    slab_source_give(&cache, first);
    slab_source_give(&cache, second);
    require_equal(used(), kept(1));
}

static void kept_units_serve_the_next_slab_of_any_small_bin(void)
{
    struct desc *d;

    core_start_pages(os_page_size());
    d = take(2, false);
    slab_source_give(&cache, d);
    require_equal(used(), kept(1));
    require(take(5, false) == d);
    require(!d->zero);
    require_equal(used(), pages_round(UNIT));
}

static void kept_unit_serves_a_first_slab_of_a_larger_bin(void)
{
    unsigned bin = bin_of(4000);
    struct desc *d;

    core_start_pages(os_page_size());
    d = take(0, false);
    slab_source_give(&cache, d);
    require(take(bin, true) == d);
    require_equal(d->capacity, pages_round(UNIT) / bin_size(bin));
}

static void slab_of_new_memory_is_known_to_be_zero(void)
{
    struct desc *d;

    core_start_pages(os_page_size());
    d = take(10, false);
    require(d->zero);
    require(core_reads_only(d->base, slab_bytes(d), 0));
}

static void large_pages_keep_no_units(void)
{
    core_start_pages(64 * KIB);
    slab_source_give(&cache, take(0, false));
    require_equal(used(), 0);
    for (unsigned bin = 0; bin < BIN_COUNT; bin++)
        require_equal(slab_bytes(take(bin, true)) % (64 * KIB), 0);
}

static void refused_memory_gives_null_unless_a_unit_is_kept(void)
{
    struct desc *d;

    core_start_pages(os_page_size());
    atomic_store(&core_failing.all, true);
    require(slab_source_take(&cache, 0, false) == NULL);
    atomic_store(&core_failing.all, false);
    d = take(0, false);
    slab_source_give(&cache, d);
    atomic_store(&core_failing.all, true);
    require(take(1, false) == d);
}

// Of so many slabs hardly none has a guard, and hardly all.
enum { SLABS = 400 };

static bool has_guard(const struct desc *d)
{
    return desc_kind(desc_at(slab_start(d) + slab_bytes(d))) == KIND_GUARD;
}

static size_t count_guards(struct desc **slabs)
{
    size_t guards = 0;

    for (int i = 0; i < SLABS; i++) {
        slabs[i] = take(0, false);
        guards += has_guard(slabs[i]);
        require(!has_guard(slabs[i]) ||
                !os_can_read(slab_start(slabs[i]) + slab_bytes(slabs[i])));
    }
    return guards;
}

static void some_slabs_of_the_checked_modes_have_guards_that_end_with_them(void)
{
    struct desc *slabs[SLABS];
    size_t guards;

    core_start_pages(os_page_size());
    options.check = CHECK_HARDENED;
    options.guard = GUARD_LARGE;
    slab_check_mode(1, 2);
    guards = count_guards(slabs);
    require(guards > 0 && guards < SLABS / 4);
    // Those with guards first, while there is room to keep a unit.
    for (int i = 0; i < SLABS; i++)
        if (has_guard(slabs[i])) {
            char *end = slab_start(slabs[i]) + slab_bytes(slabs[i]);

            slab_source_give(&cache, slabs[i]);
            require(desc_kind(desc_at(end)) != KIND_GUARD);
            require(os_can_read(end));
            slabs[i] = NULL;
        }
    for (int i = 0; i < SLABS; i++)
        if (slabs[i] != NULL)
            slab_source_give(&cache, slabs[i]);
    slab_source_release(&cache);
    require_equal(used(), 0);
}

static void slabs_have_no_guards_where_the_system_has_none(void)
{
    struct desc *slabs[SLABS];

    core_start_pages(os_page_size());
    options.check = CHECK_HARDENED;
    options.guard = GUARD_LARGE;
    atomic_store(&core_failing.number, SYS_madvise);
    atomic_store(&core_failing.all, true);
    require_equal(count_guards(slabs), 0);
    for (int i = 0; i < SLABS; i++)
        slab_source_give(&cache, slabs[i]);
    slab_source_release(&cache);
    require_equal(used(), 0);
}

static void slabs_have_no_guards_by_default(void)
{
    struct desc *slabs[SLABS];

    core_start_pages(os_page_size());
    require_equal(count_guards(slabs), 0);
}

static _Atomic(bool) stop;

static void *empty_the_cache(void *arg)
{
    while (!atomic_load(&stop))
        slab_source_release(&cache);
    return arg;
}

static void another_thread_may_empty_the_units_at_any_time(void)
{
    pthread_t thread;

    core_start_pages(os_page_size());
    core_start_threads(&thread, 1, empty_the_cache);
    for (int i = 0; i < 3000; i++) {
        struct desc *a = take(0, false), *b = take(9, false);

        require(a != b);
        slab_source_give(&cache, a);
        slab_source_give(&cache, b);
    }
    atomic_store(&stop, true);
    core_join_threads(&thread, 1);
    slab_source_release(&cache);
    require_equal(used(), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(slabs_of_every_bin_have_their_length),
        alone(given_back_slabs_free_all_but_three_units),
        alone(option_bounds_the_units_that_are_kept),
        alone(kept_units_serve_the_next_slab_of_any_small_bin),
        alone(kept_unit_serves_a_first_slab_of_a_larger_bin),
        alone(slab_of_new_memory_is_known_to_be_zero),
        alone(large_pages_keep_no_units),
        alone(refused_memory_gives_null_unless_a_unit_is_kept),
        alone(some_slabs_of_the_checked_modes_have_guards_that_end_with_them),
        alone(slabs_have_no_guards_where_the_system_has_none),
        alone(slabs_have_no_guards_by_default),
        alone(another_thread_may_empty_the_units_at_any_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
