// SPDX-License-Identifier: MIT
// The program takes every thread-specific key there is before its first allocation: the allocator
// gets none, and still serves threads and does not keep what they leave behind.
#include "api.h"

#include <limits.h>
#include <pthread.h>

static unsigned created;

static void take_every_key(void)
{
    pthread_key_t key;

    while (pthread_key_create(&key, NULL) == 0)
        created++;
}

API_RUN_FIRST(take_every_key)

static void *use_heap(void *argument)
{
    void *blocks[200];

    for (size_t i = 0; i < 200; i++) {
        blocks[i] = call.malloc(i * 40 + 1);
        if (blocks[i] == NULL)
            return argument;
        api_fill(blocks[i], i * 40 + 1, i);
    }
    for (size_t i = 0; i < 200; i++) {
        if (!api_holds(blocks[i], i * 40 + 1, i))
            return argument;
        call.free(blocks[i]);
    }
    return NULL;
}

static void threads_without_a_key_left_use_the_heap(void **state)
{
    pthread_key_t key;

    (void)state;
    assert_true(created > PTHREAD_KEYS_MAX * 9 / 10);
    assert_int_equal(pthread_key_create(&key, NULL), EAGAIN);
    for (int round = 0; round < 500; round++) {
        pthread_t threads[2];
        for (int i = 0; i < 2; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, use_heap, &created), 0);
        for (int i = 0; i < 2; i++) {
            void *failed = threads;
            assert_int_equal(pthread_join(threads[i], &failed), 0);
            assert_null(failed);
        }
    }
}

static void memory_of_ended_threads_is_bounded(void **state)
{
    (void)state;
    struct mallinfo2 before = mallinfo2();
    threads_without_a_key_left_use_the_heap(state);
    struct mallinfo2 after = mallinfo2();
    // A thousand threads have used 800 KB each.
    assert_in_range(after.arena + after.hblkhd, 0, before.arena + before.hblkhd + 32 * MIB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_without_a_key_left_use_the_heap),
        cmocka_unit_test(memory_of_ended_threads_is_bounded),
    };

    return cmocka_run_group_tests_name("life_no_key_left", tests, NULL, NULL);
}
