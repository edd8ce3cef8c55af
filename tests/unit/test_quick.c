// SPDX-License-Identifier: MIT
// The short ways through a miss: what they may hand out, and that they starve nothing.
#include "tls/quick.h"

#include "alloc.h"
#include "base/lock.h"
#include "base/option.h"
#include "binned/depot.h"
#include "os/os.h"
#include "tls/magazine.h"
#include "tls/remote.h"
#include "vm/extent.h"
#include "vm/vm.h"

#include "child.h"
#include "core.h"

#include <unistd.h>

enum { PAIRS = 100 * LONG_WAY_PERIOD, MOST = 4096 };

static void *blocks[MOST];

static size_t dirty(void)
{
    size_t granules;

    lock_take(LOCK_EXTENT);
    granules = extent_totals.dirty;
    lock_give(LOCK_EXTENT);
    return granules << GRANULE_SHIFT;
}

static char *take_filled(size_t size)
{
    return memset(alloc_block(size), 0x55, size);
}

// A slab that was carved further beside a list that goes round.
static void blocks_that_go_round_are_cleared_by_calloc(void)
{
    enum { SIZE = 896 };

    for (int i = 0; i < 8; i++)
        free_block(take_filled(SIZE));
    for (int i = 0; i < 10; i++)
        blocks[i] = take_filled(SIZE);
    for (int i = 0; i < 10; i++)
        free_block(blocks[i]);
    require(core_reads_only(alloc_zeroed(SIZE), SIZE, 0));
}

static void random_blocks_of_one_size_are_cleared_by_calloc(void)
{
    enum { SIZE = 128, STEPS = 200000 };
    struct core_random r = core_random_start();

    for (int step = 0; step < STEPS; step++) {
        void **at = &blocks[core_random_below(&r, 1 + core_random_below(&r, 300))];

        free_block(*at);
        *at = step % 3 == 0 ? alloc_zeroed(SIZE) : take_filled(SIZE);
        require(step % 3 != 0 || core_reads_only(*at, SIZE, 0));
        memset(*at, 0x55, SIZE);
    }
}

static void make_dirty(void)
{
    enum { COUNT = 16 * MIB / (RUN_MAX / 4) };

    options.purge_delay = 1;
    for (int i = 0; i < COUNT; i++)
        blocks[i] = take_filled(RUN_MAX / 4);
    for (int i = 0; i < COUNT; i++)
        free_block(blocks[i]);
    require(dirty() >= 8 * MIB);
}

// A program that does nothing but pairs of one size never misses for good.
static void let_age(size_t size)
{
    make_dirty();
    for (int round = 0; round < 5000 && dirty() > MIB; round++) {
        usleep(1000);
        for (int i = 0; i < PAIRS; i++)
            free_block(alloc_block(size));
    }
    require(dirty() <= MIB);
}

static void pairs_of_a_small_size_let_pages_age(void)
{
    let_age(208);
}

static void pairs_of_a_run_let_pages_age(void)
{
    let_age(100 * KIB);
}

static void run_that_was_freed_last_serves_calloc_too(void)
{
    void *p;

    free_block(alloc_block(100 * KIB));
    p = alloc_block(100 * KIB);
    free_block(p);
    require(alloc_zeroed(100 * KIB) == p);
}

static void run_that_does_not_fit_makes_room(void)
{
    free_block(alloc_block(300 * KIB));
    free_block(alloc_block(300 * KIB));
    blocks[0] = alloc_block(100 * KIB);
    free_block(blocks[0]);
    require(alloc_block(100 * KIB) == blocks[0]);
    require(run_cached_bytes(&cache_mine()->runs) <= options.thread_cache);
}

static void thread_cache_that_was_lowered_keeps_no_run(void)
{
    for (int i = 0; i < 3; i++)
        free_block(alloc_block(100 * KIB));
    require(run_cached_bytes(&cache_mine()->runs) > 0);
    options.thread_cache = 0;
    for (int i = 0; i < PAIRS; i++)
        free_block(alloc_block(100 * KIB));
    require_equal(run_cached_bytes(&cache_mine()->runs), 0);
}

static void miss_that_is_due_goes_the_long_way(void)
{
    unsigned bin = bin_of(64);

    blocks[0] = alloc_block(64);
    free_block(blocks[0]);
    while (cache_mine()->head[bin] != NULL)
        alloc_block(64);
    cache_mine()->short_left = 1;
    require(quick_refill(cache_mine(), bin) == NULL);
    require(upkeep_is_due(cache_mine()));
    require(alloc_block(64) != NULL);
    require(!upkeep_is_due(cache_mine()));
}

static void thread_of_few_misses_goes_the_long_way_more_often(void)
{
    unsigned misses = 0;

    free_block(alloc_block(100 * KIB));
    cache_mine()->short_left = 1;
    cache_mine()->due_ms = (uint32_t)os_clock_ms() - 1000;
    free_block(alloc_block(100 * KIB));
    for (; !upkeep_is_due(cache_mine()); misses++)
        ;
    require_equal(misses, LONG_WAY_PERIOD_SLOW - 1);
    free_block(alloc_block(100 * KIB));
    for (misses = 0; !upkeep_is_due(cache_mine()); misses++)
        ;
    require_equal(misses, LONG_WAY_PERIOD - 1);
}

static void thread_without_a_cache_has_no_short_way(void)
{
    struct desc *d = desc_of(alloc_block(64));

    require(quick_refill(&empty_cache, d->bin) == NULL);
    require(!quick_claim(&empty_cache, d, d->base));
    require(!quick_send(&empty_cache, d, d->base));
    require_equal(empty_cache.short_left, 0);
}

static void free_again_in_a_slab_that_was_given_up(void)
{
    for (int i = 0; i < MOST && (i < 8 || cache_mine()->head[bin_of(64)] != NULL); i++)
        blocks[i] = alloc_block(64);
    free_block(blocks[3]);
    alloc_flush_thread();
    free_block(blocks[3]);
}

static void second_free_after_a_flush_is_reported(void **state)
{
    struct child child;

    (void)state;
    options.on_error = ON_ERROR_ABORT;
    child = core_child(free_again_in_a_slab_that_was_given_up);
    assert_int_equal(child.signal, SIGABRT);
    assert_non_null(strstr(child.text, "double free"));
}

// What a thread that takes nothing of a bin has claimed of it is for those that do.
static void *free_most(void *argument)
{
    (void)argument;
    for (int i = 0; i < MOST; i++)
        if (i % 8 != 0)
            free_block(blocks[i]);
    for (int i = 0; i < 4 * FLUSH_PERIOD; i++)
        free_block(alloc_block(40 * KIB + (size_t)i % 64 * 8 * KIB));
    require(cache_mine()->partial[bin_of(1024)] == NULL);
    require(depot_listed() > 0);
    return NULL;
}

static void slabs_that_a_thread_only_frees_go_to_the_depots(void)
{
    pthread_t thread;

    for (int i = 0; i < MOST; i++)
        blocks[i] = alloc_block(1024);
    core_start_threads(&thread, 1, free_most);
    core_join_threads(&thread, 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(blocks_that_go_round_are_cleared_by_calloc),
        alone(random_blocks_of_one_size_are_cleared_by_calloc),
        alone(pairs_of_a_small_size_let_pages_age),
        alone(pairs_of_a_run_let_pages_age),
        alone(run_that_was_freed_last_serves_calloc_too),
        alone(run_that_does_not_fit_makes_room),
        alone(thread_cache_that_was_lowered_keeps_no_run),
        alone(miss_that_is_due_goes_the_long_way),
        alone(thread_of_few_misses_goes_the_long_way_more_often),
        alone(thread_without_a_cache_has_no_short_way),
        cmocka_unit_test(second_free_after_a_flush_is_reported),
        alone(slabs_that_a_thread_only_frees_go_to_the_depots),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
