// SPDX-License-Identifier: MIT
// When free memory goes back: on growth, by age, at a limit, when asked. The clock is ours.
#include "vm/purge.h"

#include "base/lock.h"
#include "base/option.h"
#include "vm/charge.h"
#include "vm/extent.h"
#include "vm/pages.h"

#include "core.h"
#include "core_syscall.h"

#include <time.h>

static _Atomic(long) now_ms = 1000;

// Stands in for libc's function: the coarse clock, which ages memory, stands still.
int clock_gettime(clockid_t clock, struct timespec *t)
{
    if (clock != CLOCK_MONOTONIC_COARSE)
        return (int)syscall(SYS_clock_gettime, (long)clock, t, 0L, 0L, 0L, 0L);
    t->tv_sec = atomic_load(&now_ms) / 1000;
    t->tv_nsec = atomic_load(&now_ms) % 1000 * 1000000;
    return 0;
}

static void pass_ms(long ms)
{
    atomic_fetch_add(&now_ms, ms);
    purge_tick();
}

static size_t dirty_bytes(void)
{
    size_t dirty;

    lock_take(LOCK_EXTENT);
    extent_check();
    dirty = extent_totals.dirty << GRANULE_SHIFT;
    lock_give(LOCK_EXTENT);
    return dirty;
}

static size_t decommitted(void)
{
    struct charge_totals totals;

    charge_totals_get(&totals);
    return (size_t)totals.decommitted_bytes;
}

static char *take(size_t size)
{
    bool zero;
    char *p = pages_take(size, vm_page_size(), &zero);

    require(p != NULL);
    memset(p, 1, size);
    return p;
}

static void start(void)
{
    core_start_pages(os_page_size());
    options.purge_delay = 250;
}

// As many bytes again, dirty and in one piece.
static void make_dirty(size_t size)
{
    pages_give(take(size), size, false);
}

static void idle_memory_goes_back_by_halves_period_by_period(void)
{
    size_t before;

    start();
    make_dirty(16 * MIB);
    before = dirty_bytes();
    require_equal(before, 16 * MIB);
    pass_ms(249);
    require_equal(dirty_bytes(), before);
    pass_ms(1);
    require_equal(dirty_bytes(), before / 2);
    pass_ms(249);
    require_equal(dirty_bytes(), before / 2);
    pass_ms(1);
    require_equal(dirty_bytes(), before / 4);
    for (int i = 0; i < 10; i++)
        pass_ms(250);
    require_equal(dirty_bytes(), 0);
    require_equal(decommitted(), before);
}

static void a_little_idle_memory_goes_back_at_once(void)
{
    start();
    make_dirty(512 * KIB);
    pass_ms(250);
    require_equal(dirty_bytes(), 0);
}

static void what_was_needed_in_the_period_stays(void)
{
    start();
    make_dirty(4 * MIB);
    make_dirty(3 * MIB + 512 * KIB);
    pass_ms(250);
    require_equal(dirty_bytes(), 3 * MIB + 512 * KIB);
}

static void an_eighth_of_what_is_used_does_not_age(void)
{
    start();
    take(8 * MIB);
    make_dirty(MIB);
    for (int i = 0; i < 10; i++)
        pass_ms(1000);
    require_equal(dirty_bytes(), MIB);
    make_dirty(2 * MIB);
    for (int i = 0; i < 20; i++)
        pass_ms(1000);
    require(dirty_bytes() <= MIB);
}

static void purged_memory_reads_zero_and_is_known_to(void)
{
    bool zero = false;
    char *p;

    start();
    p = take(MIB);
    pages_give(p, MIB, false);
    pass_ms(250);
    require(pages_take_behind(p + pages_round(UNIT), MIB - pages_round(UNIT), &zero) && zero);
    require(core_reads_only(p, MIB, 0));
}

static void without_a_delay_memory_goes_back_at_once(void)
{
    start();
    options.purge_delay = 0;
    make_dirty(4 * MIB);
    require_equal(dirty_bytes(), 0);
}

static void what_exceeds_the_limit_goes_back_at_once(void)
{
    start();
    options.cache_limit = MIB;
    make_dirty(4 * MIB);
    require_equal(dirty_bytes(), MIB);
    make_dirty(512 * KIB);
    require_equal(dirty_bytes(), MIB);
}

static void what_the_trim_threshold_keeps_does_not_age(void)
{
    start();
    options.trim_threshold = 2 * MIB;
    make_dirty(2 * MIB);
    for (int i = 0; i < 10; i++)
        pass_ms(250);
    require_equal(dirty_bytes(), 2 * MIB);
}

static void what_exceeds_the_trim_threshold_ages_down_to_it(void)
{
    start();
    options.trim_threshold = 3 * MIB;
    make_dirty(4 * MIB);
    for (int i = 0; i < 10; i++)
        pass_ms(250);
    require_equal(dirty_bytes(), 3 * MIB);
}

// Every second piece of a used range is dirty, and none holds what is asked for then.
static void make_fragments(size_t count)
{
    char *p = take(2 * count * 64 * KIB);

    for (size_t i = 0; i < count; i++)
        pages_give(p + 2 * i * 64 * KIB, 64 * KIB, false);
}

static void growth_purges_as_much_as_it_adds_where_more_than_half_as_much_as_is_used_is_dirty(void)
{
    size_t purged;

    start();
    make_fragments(32);
    require_equal(dirty_bytes(), 2 * MIB);
    take(MIB);
    purged = decommitted();
    require(purged >= MIB && purged <= MIB + 128 * KIB);
    require_equal(dirty_bytes(), 2 * MIB - purged);
    take(4 * MIB);
    require_equal(decommitted(), purged);
}

static void growth_leaves_a_quarter_megabyte_alone(void)
{
    start();
    make_fragments(4);
    require_equal(dirty_bytes(), 256 * KIB);
    take(8 * MIB);
    require_equal(dirty_bytes(), 256 * KIB);
    require_equal(decommitted(), 0);
}

static void growth_below_the_peak_purges_nothing(void)
{
    start();
    make_dirty(16 * MIB);
    require(purge_all(SIZE_MAX) == false);
    make_fragments(16);
    lock_take(LOCK_EXTENT);
    extent_totals.peak = 64 * MIB >> GRANULE_SHIFT;
    lock_give(LOCK_EXTENT);
    take(20 * MIB);
    require_equal(decommitted(), 0);
}

static void purge_all_leaves_what_it_is_told_to_keep(void)
{
    start();
    make_fragments(16);
    require(!purge_all(MIB));
    require_equal(dirty_bytes(), MIB);
    require(purge_all(512 * KIB));
    require_equal(dirty_bytes(), 512 * KIB);
    require(purge_all(0));
    require_equal(dirty_bytes(), 0);
    require(!purge_all(0));
    require_equal(decommitted(), MIB);
}

static void purge_of_some_granules_takes_about_as_many(void)
{
    start();
    make_dirty(4 * MIB);
    purge_granules(0);
    require_equal(decommitted(), 0);
    purge_granules(MIB / GRANULE);
    require_equal(dirty_bytes(), 3 * MIB);
    purge_granules(1);
    require(dirty_bytes() >= 3 * MIB - 64 * KIB && dirty_bytes() < 3 * MIB);
}

static void refused_purge_ends_and_loses_nothing(void)
{
    bool zero;

    start();
    make_dirty(4 * MIB);
    atomic_store(&core_failing.number, SYS_madvise);
    atomic_store(&core_failing.all, true);
    require(!purge_all(0));
    purge_granules(100);
    pass_ms(250);
    require_equal(dirty_bytes(), 4 * MIB);
    require_equal(decommitted(), 0);
    require(pages_take(4 * MIB, vm_page_size(), &zero) != NULL && !zero);
}

static void large_pages_are_purged_whole(void)
{
    core_start_pages(64 * KIB);
    options.purge_delay = 250;
    make_dirty(3 * MIB);
    purge_granules(3);
    require_equal(dirty_bytes() % (64 * KIB), 0);
    require(dirty_bytes() < 3 * MIB);
    require(purge_all(0));
    require_equal(dirty_bytes(), 0);
}

static _Atomic(bool) stop;

static void *take_and_give(void *arg)
{
    (void)arg;
    while (!atomic_load(&stop)) {
        bool zero;
        char *p = pages_take(MIB, vm_page_size(), &zero);

        require(p != NULL);
        require(!zero || core_reads_only(p, MIB, 0));
        memset(p, 1, MIB);
        pages_give(p, MIB, false);
    }
    return NULL;
}

static void purging_while_others_take_loses_no_page(void)
{
    pthread_t threads[2];

    start();
    core_start_threads(threads, 2, take_and_give);
    for (int i = 0; i < 200; i++) {
        pass_ms(250);
        purge_all(0);
        usleep(500);
    }
    atomic_store(&stop, true);
    core_join_threads(threads, 2);
    purge_all(0);
    require_equal(dirty_bytes(), 0);
    require_equal(extent_totals.used, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(idle_memory_goes_back_by_halves_period_by_period),
        alone(a_little_idle_memory_goes_back_at_once),
        alone(what_was_needed_in_the_period_stays),
        alone(an_eighth_of_what_is_used_does_not_age),
        alone(purged_memory_reads_zero_and_is_known_to),
        alone(without_a_delay_memory_goes_back_at_once),
        alone(what_exceeds_the_limit_goes_back_at_once),
        alone(what_the_trim_threshold_keeps_does_not_age),
        alone(what_exceeds_the_trim_threshold_ages_down_to_it),
        alone(growth_purges_as_much_as_it_adds_where_more_than_half_as_much_as_is_used_is_dirty),
        alone(growth_leaves_a_quarter_megabyte_alone),
        alone(growth_below_the_peak_purges_nothing),
        alone(purge_all_leaves_what_it_is_told_to_keep),
        alone(purge_of_some_granules_takes_about_as_many),
        alone(refused_purge_ends_and_loses_nothing),
        alone(large_pages_are_purged_whole),
        alone(purging_while_others_take_loses_no_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
