// SPDX-License-Identifier: MIT
// The figures add up: exactly when nobody works, else but for what is in the hands of threads.
#include "stats.h"

#include "alloc.h"
#include "init.h"
#include "large/huge.h"
#include "tls/thread.h"
#include "vm/pages.h"

#include "core.h"
#include "core_tsan.h"

enum { THREADS = 3, HELD = 200, STEPS = 3000, LOOKS = 60 };

static struct ikyo_stats collect(void)
{
    struct ikyo_stats s;

    stats_collect(&s);
    return s;
}

static uint64_t sum_of(const struct ikyo_stats *s)
{
    return s->live_bytes + s->cached_bytes + s->uncarved_bytes + s->dirty_free_bytes +
           s->clean_free_bytes + s->huge_cached_bytes + s->metadata_bytes;
}

static struct ikyo_stats require_identity(void)
{
    struct ikyo_stats s = collect();

    require_equal(sum_of(&s), s.committed_bytes);
    require(s.peak_committed_bytes >= s.committed_bytes);
    require(s.reserved_bytes >= s.committed_bytes - s.metadata_bytes);
    require(s.live_bytes >= s.large_bytes + s.huge_bytes);
    require_equal(s.allocations, s.frees + s.live_blocks);
    return s;
}

static size_t random_size(struct core_random *r)
{
    switch (core_random_below(r, 40)) {
    case 0:
        return core_random_below(r, 200 * KIB);
    case 1:
        return RUN_MAX + core_random_below(r, 4 * MIB);
    default:
        return core_random_below(r, core_random_below(r, 2) ? 300 : 9000);
    }
}

struct work {
    struct core_random r;
    void *held[HELD];
    int steps;
};

static void work_on(struct work *w, int steps)
{
    for (int i = 0; i < steps; i++) {
        size_t at = core_random_below(&w->r, HELD);

        free_block(w->held[at]);
        w->held[at] = NULL;
        if (core_random_below(&w->r, 3) == 0)
            continue;
        w->held[at] = core_random_below(&w->r, 8) == 0
                          ? alloc_aligned(1u << (4 + core_random_below(&w->r, 12)), 100, CALL_ALIGNED)
                          : alloc_block(random_size(&w->r));
        require(w->held[at] != NULL);
    }
}

static size_t count_held(const struct work *w)
{
    size_t n = 0;

    for (int i = 0; i < HELD; i++)
        n += w->held[i] != NULL;
    return n;
}

static struct work works[THREADS];

static void start_works(void)
{
    struct core_random r = core_random_start();

    init_ensure();
    for (int i = 0; i < THREADS; i++)
        works[i].r.state = core_random_next(&r) | 1;
}

static void nothing_done_is_all_zero_but_metadata(void)
{
    struct ikyo_stats s;

    init_ensure();
    s = require_identity();
    require_equal(s.version, IKYO_STATS_VERSION);
    require_equal(s.live_blocks, 0);
    require_equal(s.allocations, 0);
    require_equal(s.committed_bytes, s.metadata_bytes);
    require_equal(s.threads, 0);
}

static void each_kind_of_block_is_counted_as_it_is(void)
{
    void *small, *large, *huge;
    struct ikyo_stats s;

    init_ensure();
    small = alloc_block(100);
    s = require_identity();
    require(s.live_blocks == 1 && s.live_bytes == bin_size(bin_of(100)));
    large = alloc_block(100 * KIB);
    s = require_identity();
    require(s.live_blocks == 2 && s.large_blocks == 1);
    require_equal(s.large_bytes, pages_round(100 * KIB));
    huge = alloc_block(RUN_MAX + MIB);
    s = require_identity();
    require(s.live_blocks == 3 && s.huge_blocks == 1 && s.huge_bytes == RUN_MAX + MIB);
    require_equal(s.live_bytes, bin_size(bin_of(100)) + s.large_bytes + s.huge_bytes);
    require_equal(s.threads, 1);
    free_block(small);
    free_block(large);
    free_block(huge);
    s = require_identity();
    require(s.live_blocks == 0 && s.live_bytes == 0 && s.large_blocks == 0 && s.huge_blocks == 0);
    require_equal(s.allocations, 3);
    require_equal(s.frees, 3);
}

static void blocks_of_every_bin_are_live_only_while_they_are_out(void)
{
    init_ensure();
    for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
        struct ikyo_stats before = require_identity(), now;
        void *p = alloc_block(bin_size(bin));

        now = require_identity();
        require_equal(now.live_bytes, before.live_bytes + bin_size(bin));
        require_equal(now.allocations, before.allocations + 1);
        free_block(p);
        now = require_identity();
        require_equal(now.live_bytes, before.live_bytes);
        require_equal(now.frees, before.frees + 1);
    }
}

static void random_work_of_one_thread_adds_up_at_every_look(void)
{
    start_works();
    for (int i = 0; i < 60; i++) {
        struct ikyo_stats s;

        work_on(&works[0], STEPS / 60);
        s = require_identity();
        require_equal(s.live_blocks, count_held(&works[0]));
    }
}

static void trimming_leaves_what_is_live(void)
{
    struct ikyo_stats s;

    start_works();
    work_on(&works[0], STEPS);
    alloc_trim(0);
    s = require_identity();
    require_equal(s.live_blocks, count_held(&works[0]));
    // Beside a large block there may be a free range too short to be listed.
    require(s.dirty_free_bytes <= (s.large_blocks + 1) * (pages_round(UNIT) - vm_page_size()));
    require_equal(s.huge_cached_bytes, 0);
    require(s.decommits > 0 && s.decommit_bytes > 0);
}

static void *work_and_end(void *arg)
{
    work_on(&works[(uintptr_t)arg], STEPS);
    return NULL;
}

static void threads_that_ended_add_up(void)
{
    pthread_t threads[THREADS];
    struct ikyo_stats s;
    size_t held = 0;

    start_works();
    core_start_threads(threads, THREADS, work_and_end);
    core_join_threads(threads, THREADS);
    for (int i = 0; i < THREADS; i++)
        held += count_held(&works[i]);
    s = require_identity();
    require_equal(s.live_blocks, held);
    require_equal(s.threads, 0);
    require(s.pooled_caches >= 1 && s.pooled_caches <= THREADS);
    for (int i = 0; i < THREADS; i++)
        for (int j = 0; j < HELD; j++)
            free_block(works[i].held[j]);
    s = require_identity();
    require(s.live_blocks == 0 && s.live_bytes == 0);
}

static pthread_key_t late_key;

static void work_late(void *value)
{
    static _Thread_local int rounds;

    free_block(alloc_block(1000));
    if (++rounds < 3)
        require_equal(pthread_setspecific(late_key, value), 0);
}

static void *set_late_key(void *arg)
{
    free_block(alloc_block(1));
    require_equal(pthread_setspecific(late_key, &late_key), 0);
    return arg;
}

// What a thread does after its cache is gone makes it no thread with a cache again.
static void threads_that_have_left_are_not_counted(void)
{
    pthread_t thread;

    init_ensure();
    free_block(alloc_block(1));
    require_equal(pthread_key_create(&late_key, work_late), 0);
    core_start_threads(&thread, 1, set_late_key);
    core_join_threads(&thread, 1);
    require_equal(require_identity().threads, 1);
}

static pthread_barrier_t barrier;
static _Atomic(void *) swapped[HELD];

// Half of the blocks are freed by another thread than took them.
static void *work_across_and_park(void *arg)
{
    struct work *w = &works[(uintptr_t)arg];

    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < STEPS / 10; i++) {
            void *p = alloc_block(core_random_below(&w->r, 2000));

            free_block(atomic_exchange(&swapped[core_random_below(&w->r, HELD)], p));
            work_on(w, 1);
        }
        pthread_barrier_wait(&barrier);
        pthread_barrier_wait(&barrier);
    }
    return NULL;
}

static void parked_threads_that_free_each_others_blocks_add_up(void)
{
    pthread_t threads[THREADS];

    start_works();
    require_equal(pthread_barrier_init(&barrier, NULL, THREADS + 1), 0);
    core_start_threads(threads, THREADS, work_across_and_park);
    for (int round = 0; round < 4; round++) {
        size_t held = 0;

        pthread_barrier_wait(&barrier);
        for (int i = 0; i < THREADS; i++)
            held += count_held(&works[i]);
        for (int i = 0; i < HELD; i++)
            held += atomic_load(&swapped[i]) != NULL;
        require_equal(require_identity().live_blocks, held);
        pthread_barrier_wait(&barrier);
    }
    core_join_threads(threads, THREADS);
    require_identity();
}

static _Atomic(bool) stop;

static void *work_small_until_stopped(void *arg)
{
    struct work *w = &works[(uintptr_t)arg];

    while (!atomic_load(&stop)) {
        size_t at = core_random_below(&w->r, HELD);

        free_block(w->held[at]);
        w->held[at] = alloc_block(core_random_below(&w->r, 2000));
    }
    return NULL;
}

// While threads work the figures are off by no more than passes through their hands: the blocks
// that each holds or lets go of during a look, and the slabs and runs on their way.
static void figures_under_work_are_off_by_little(void)
{
    uint64_t bound = (uint64_t)THREADS * 4 * MIB;
    pthread_t threads[THREADS];

    start_works();
    core_start_threads(threads, THREADS, work_small_until_stopped);
    for (int i = 0; i < LOOKS; i++) {
        struct ikyo_stats s = collect();
        uint64_t sum = sum_of(&s);

        require((sum > s.committed_bytes ? sum - s.committed_bytes : s.committed_bytes - sum) <=
                bound);
        require(s.threads <= THREADS);
    }
    atomic_store(&stop, true);
    core_join_threads(threads, THREADS);
    require_identity();
}

// A figure that is taken from another may come too early, but no program believes in 2^64 blocks.
static void figures_under_work_are_never_below_zero(void)
{
    pthread_t threads[THREADS];

    start_works();
    core_start_threads(threads, THREADS, work_small_until_stopped);
    for (int i = 0; i < LOOKS; i++) {
        struct ikyo_stats s = collect();

        require_equal(s.live_blocks >> 63, 0);
        require_equal(s.live_bytes >> 63, 0);
        require_equal(s.cached_bytes >> 63, 0);
        require_equal(s.uncarved_bytes >> 63, 0);
        require_equal(s.allocations >> 63, 0);
    }
    atomic_store(&stop, true);
    core_join_threads(threads, THREADS);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(nothing_done_is_all_zero_but_metadata),
        alone(each_kind_of_block_is_counted_as_it_is),
        alone(blocks_of_every_bin_are_live_only_while_they_are_out),
        alone(random_work_of_one_thread_adds_up_at_every_look),
        alone(trimming_leaves_what_is_live),
        alone(threads_that_ended_add_up),
        alone(threads_that_have_left_are_not_counted),
        alone(parked_threads_that_free_each_others_blocks_add_up),
        alone(figures_under_work_are_off_by_little),
        alone(figures_under_work_are_never_below_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
