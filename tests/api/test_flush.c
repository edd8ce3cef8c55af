// SPDX-License-Identifier: MIT
// ikyo_flush_thread and ikyo_flush_all: free memory leaves the caches, live blocks stay.
#include "api.h"

#include "ikyoalloc/ikyoalloc.h"

#include <pthread.h>
#include <stdatomic.h>

enum { COUNT = 50000, SIZE = 300 };

static unsigned char *blocks[COUNT];

static void fill_blocks(void)
{
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = call.malloc(SIZE);
        assert_non_null(blocks[i]);
        api_fill(blocks[i], SIZE, i);
    }
}

static size_t cached_bytes(void)
{
    struct ikyo_stats stats;

    assert_true(ikyo_stats_get(&stats, sizeof(stats)));
    return stats.cached_bytes + stats.uncarved_bytes;
}

static void flush_thread_empties_the_cache_of_the_caller(void **state)
{
    (void)state;
    fill_blocks();
    for (size_t i = 0; i < COUNT; i++)
        call.free(blocks[i]);
    ikyo_flush_thread();
    assert_in_range(cached_bytes(), 0, 256 * KIB);
}

static void flush_leaves_live_blocks_alone(void **state)
{
    (void)state;
    fill_blocks();
    for (size_t i = 1; i < COUNT; i += 2)
        call.free(blocks[i]);
    ikyo_flush_thread();
    ikyo_flush_all();
    for (size_t i = 0; i < COUNT; i += 2)
        assert_true(api_holds(blocks[i], SIZE, i));
    for (size_t i = 1; i < COUNT; i += 2)
        blocks[i] = call.malloc(SIZE);
    for (size_t i = 0; i < COUNT; i += 2)
        assert_true(api_holds(blocks[i], SIZE, i));
    for (size_t i = 0; i < COUNT; i++)
        call.free(blocks[i]);
}

static atomic_bool stop;

static void *keep_busy(void *argument)
{
    uint64_t random = (uint64_t)(uintptr_t)argument;
    unsigned char *own[50] = { NULL };

    for (uint64_t step = 1; !atomic_load(&stop); step++) {
        size_t slot = api_random(&random) % 50;
        if (own[slot] != NULL && !api_holds(own[slot], slot * 90 + 1, slot))
            return argument;
        call.free(own[slot]);
        own[slot] = call.malloc(slot * 90 + 1);
        api_fill(own[slot], slot * 90 + 1, slot);
        if (step % 1000 == 0)
            ikyo_flush_thread();
    }
    for (size_t slot = 0; slot < 50; slot++)
        call.free(own[slot]);
    return NULL;
}

static void flush_all_amid_busy_threads_spoils_nothing(void **state)
{
    pthread_t threads[3];

    (void)state;
    atomic_store(&stop, false);
    for (uintptr_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, keep_busy, (void *)(i + 1)), 0);
    for (int round = 0; round < 2000; round++) {
        void *p = call.malloc((size_t)round * 20);
        ikyo_flush_all();
        call.free(p);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 3; i++) {
        void *failed = threads;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flush_thread_empties_the_cache_of_the_caller),
        cmocka_unit_test(flush_leaves_live_blocks_alone),
        cmocka_unit_test(flush_all_amid_busy_threads_spoils_nothing),
    };

    return cmocka_run_group_tests_name("flush", tests, NULL, NULL);
}
