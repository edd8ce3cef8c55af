// SPDX-License-Identifier: MIT
// Spaces of a program that uses malloc's own names too: which calls take their blocks, from which
// threads, and what the figures of the process say.
#include "ikyoalloc/ikyoalloc.h"

#include <pthread.h>

#include "api.h"

enum { BLOCKS = 300 };

static const size_t sizes[] = {1, 100, 1025, 20000, 100 * KIB, 40 * MIB};

static void blocks_go_through_all_calls_of_malloc(void **state)
{
    struct ikyo_space *space = ikyo_space_create(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char *p = ikyo_space_alloc(space, sizes[i]);

        assert_true(call.malloc_usable_size(p) >= sizes[i]);
        api_fill(p, sizes[i], i);
        p = call.realloc(p, 2 * sizes[i]);
        assert_true(api_holds(p, sizes[i], i));
        assert_true(ikyo_space_of(p) == space);
        p = call.reallocarray(p, sizes[i], 3);
        assert_true(api_holds(p, sizes[i], i));
        assert_true(ikyo_space_of(p) == space);
        if (i % 2 == 0)
            call.free(p);
        else
            free_sized(p, 3 * sizes[i]);
        assert_int_equal(ikyo_space_stats(space).blocks, 0);
    }
    ikyo_space_destroy(space);
}

static void blocks_of_malloc_are_of_no_space(void **state)
{
    struct ikyo_space *space = ikyo_space_create(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        void *p = call.malloc(sizes[i]);

        assert_null(ikyo_space_of(p));
        assert_false(ikyo_space_owns(space, p));
        call.free(p);
    }
    ikyo_space_destroy(space);
}

static void *blocks[BLOCKS];

static void *free_all(void *arg)
{
    for (int i = 0; i < BLOCKS; i++)
        call.free(blocks[i]);
    return arg;
}

static void other_threads_free_by_free(void **state)
{
    struct ikyo_space *space = ikyo_space_create(NULL);
    pthread_t thread;

    (void)state;
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < BLOCKS; i++)
            blocks[i] = ikyo_space_alloc(space, (size_t)i * 20);
        assert_int_equal(pthread_create(&thread, NULL, free_all, NULL), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(ikyo_space_stats(space).blocks, 0);
        assert_int_equal(ikyo_space_stats(space).bytes, 0);
    }
    ikyo_space_destroy(space);
}

static uint64_t live_bytes(void)
{
    struct ikyo_stats s;

    ikyo_stats_get(&s, sizeof(s));
    return s.live_bytes;
}

static void destroy_gives_back_what_the_process_had_for_it(void **state)
{
    uint64_t before = live_bytes();
    struct ikyo_space *space = ikyo_space_create(NULL);

    (void)state;
    for (int i = 0; i < BLOCKS; i++)
        memset(ikyo_space_alloc(space, 50000), 1, 50000);
    assert_true(live_bytes() >= before + (uint64_t)BLOCKS * 50000);
    ikyo_space_destroy(space);
    assert_int_equal(live_bytes(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_go_through_all_calls_of_malloc),
        cmocka_unit_test(blocks_of_malloc_are_of_no_space),
        cmocka_unit_test(other_threads_free_by_free),
        cmocka_unit_test(destroy_gives_back_what_the_process_had_for_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
