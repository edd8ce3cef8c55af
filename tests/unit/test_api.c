// SPDX-License-Identifier: MIT
// The ikyo_* calls around malloc, over the core alone.
#include "ikyoalloc/ikyoalloc.h"

#include "alloc.h"
#include "base/lock.h"
#include "base/option.h"
#include "init.h"
#include "vm/extent.h"
#include "vm/pages.h"

#include "core.h"
#include "core_tsan.h"

static size_t used(void)
{
    size_t granules;

    lock_take(LOCK_EXTENT);
    granules = extent_totals.used;
    lock_give(LOCK_EXTENT);
    return granules << GRANULE_SHIFT;
}

static void version_is_that_of_the_header(void)
{
    char text[32];

    snprintf(text, sizeof(text), "%d.%d.%d", IKYO_VERSION_MAJOR, IKYO_VERSION_MINOR,
             IKYO_VERSION_PATCH);
    require(strcmp(ikyo_version(), text) == 0);
}

static void live_option_is_set_and_others_are_not(void)
{
    require(ikyo_option_set("purge_delay", "17ms"));
    require_equal(options.purge_delay, 17);
    require(!ikyo_option_set("purge_delay", "soon"));
    require(!ikyo_option_set("guard", "off"));
    require(!ikyo_option_set("colour", "red"));
    require(!ikyo_option_set(NULL, "1"));
    require(!ikyo_option_set("purge_delay", NULL));
    require_equal(options.purge_delay, 17);
    require_equal(options.guard, GUARD_HUGE);
}

static void option_set_first_of_all_outlives_the_start(void)
{
    setenv("IKYO_PURGE_DELAY", "5ms", 1);
    require(ikyo_option_set("purge_delay", "17ms"));
    free_block(alloc_block(1));
    require_equal(options.purge_delay, 17);
}

static void perturb_acts_at_once_on_the_callers_hit_path(void)
{
    char *p = alloc_block(100);

    require(ikyo_option_set("perturb", "90"));
    p = alloc_block(100);
    require(core_reads_only(p, 100, (char)~90));
    require(ikyo_option_set("perturb", "0"));
    require(cache_current() == cache_mine());
}

static _Atomic(int) stage;

static void wait_for(int value)
{
    while (atomic_load(&stage) < value)
        usleep(200);
}

static void *allocate_when_told(void *arg)
{
    char *p = alloc_block(1000);

    require(p != NULL);
    atomic_store(&stage, 1);
    wait_for(2);
    // Slow paths look at what was turned meanwhile.
    for (int i = 0; i < 3; i++)
        free_block(alloc_block(40 * KIB));
    p = alloc_block(1000);
    require(arg == NULL || core_reads_only(p, 1000, (char)~90));
    atomic_store(&stage, 3);
    wait_for(4);
    return NULL;
}

static void perturb_reaches_other_threads_by_their_slow_paths(void)
{
    pthread_t thread;

    require_equal(pthread_create(&thread, NULL, allocate_when_told, &stage), 0);
    wait_for(1);
    require(ikyo_option_set("perturb", "90"));
    atomic_store(&stage, 2);
    wait_for(3);
    atomic_store(&stage, 4);
    core_join_threads(&thread, 1);
}

static void flush_of_a_thread_gives_back_what_it_caches(void)
{
    for (size_t size = 1; size < 100 * KIB; size = size * 2 + 1)
        free_block(alloc_block(size));
    require(used() > 0);
    ikyo_flush_thread();
    require_equal(used(), 0);
    ikyo_flush_thread();
}

static void *cache_something(void *arg)
{
    void *p;

    for (size_t size = 1; size < 20000; size = size * 2 + 1)
        free_block(alloc_block(size));
    p = alloc_block(48);
    atomic_store(&stage, 1);
    wait_for(2);
    free_block(alloc_block(100 * KIB));
    ikyo_flush_thread();
    atomic_store(&stage, 3);
    wait_for(4);
    free_block(p);
    return arg;
}

static void flush_of_all_reaches_threads_at_their_next_slow_path(void)
{
    pthread_t thread;
    size_t before;

    core_start_threads(&thread, 1, cache_something);
    wait_for(1);
    before = used();
    ikyo_flush_all();
    require_equal(used(), before);
    atomic_store(&stage, 2);
    wait_for(3);
    require(used() < before && used() <= pages_round(UNIT));
    atomic_store(&stage, 4);
    core_join_threads(&thread, 1);
}

static void trim_gives_kept_mappings_back(void)
{
    struct ikyo_stats s;

    require(ikyo_option_set("mmap_threshold", "1m"));
    free_block(alloc_block(4 * MIB));
    require(ikyo_stats_get(&s, sizeof(s)));
    require_equal(s.huge_cached_bytes, 4 * MIB);
    require(alloc_trim(0));
    require(ikyo_stats_get(&s, sizeof(s)));
    require_equal(s.huge_cached_bytes, 0);
}

static void kept_mapping_goes_back_after_a_while(void)
{
    struct ikyo_stats s;

    require(ikyo_option_set("mmap_threshold", "1m") && ikyo_option_set("purge_delay", "1ms"));
    free_block(alloc_block(4 * MIB));
    require(ikyo_stats_get(&s, sizeof(s)));
    require_equal(s.huge_cached_bytes, 4 * MIB);
    for (int i = 0; i < 5000 && s.huge_cached_bytes > 0; i++) {
        usleep(1000);
        // Only the long way looks at what has come of age, as for a size never asked for yet.
        free_block(alloc_block(40 * KIB + (size_t)i % 64 * 8 * KIB));
        require(ikyo_stats_get(&s, sizeof(s)));
    }
    require_equal(s.huge_cached_bytes, 0);
}

static void stats_fill_what_the_caller_has_room_for(void)
{
    struct ikyo_stats s, part;

    free_block(alloc_block(1000));
    memset(&part, 0x55, sizeof(part));
    require(ikyo_stats_get(&s, sizeof(s)));
    require(s.allocations == 1 && s.frees == 1);
    require(ikyo_stats_get(&part, offsetof(struct ikyo_stats, cached_bytes)));
    require_equal(part.version, s.version);
    require_equal(part.live_bytes, 0);
    require_equal(part.cached_bytes, 0x5555555555555555);
    require(!ikyo_stats_get(NULL, sizeof(s)));
    require(!ikyo_stats_get(&s, 4));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(version_is_that_of_the_header),
        alone(live_option_is_set_and_others_are_not),
        alone(option_set_first_of_all_outlives_the_start),
        alone(perturb_acts_at_once_on_the_callers_hit_path),
        alone(perturb_reaches_other_threads_by_their_slow_paths),
        alone(flush_of_a_thread_gives_back_what_it_caches),
        alone(flush_of_all_reaches_threads_at_their_next_slow_path),
        alone(trim_gives_kept_mappings_back),
        alone(kept_mapping_goes_back_after_a_while),
        alone(stats_fill_what_the_caller_has_room_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
