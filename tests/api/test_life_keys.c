// SPDX-License-Identifier: MIT
// Destructors of thread-specific values that allocate and free, in all four rounds that POSIX
// gives them: the allocator's own destructor has run before most of these.
#include "api.h"

#include <limits.h>
#include <pthread.h>

enum { ROUNDS = 4, KEYS = 8, SIZE = 600 };

struct value {
    void *block;
    unsigned round;
    unsigned key;
};

static pthread_key_t keys[KEYS];
static unsigned destroyed;
static unsigned spoilt;

// Hands the value on to the next round with a new block, so that each round frees and allocates.
static void destroy_value(void *argument)
{
    struct value *value = argument;
    uint64_t id = value->round * 100 + value->key;

    if (!api_holds(value->block, SIZE, id))
        spoilt++;
    call.free(value->block);
    destroyed++;
    if (++value->round == ROUNDS) {
        call.free(value);
        return;
    }
    for (size_t size = 1; size < 8 * MIB; size *= 5)
        call.free(call.malloc(size));
    struct value *next = call.malloc(sizeof(*next));
    next->round = value->round;
    next->key = value->key;
    next->block = call.calloc(1, SIZE);
    api_fill(next->block, SIZE, next->round * 100 + next->key);
    call.free(value);
    pthread_setspecific(keys[next->key], next);
}

static void *use_keys(void *argument)
{
    for (unsigned i = 0; i < KEYS; i++) {
        struct value *value = call.malloc(sizeof(*value));
        value->round = 0;
        value->key = i;
        value->block = call.malloc(SIZE);
        api_fill(value->block, SIZE, i);
        pthread_setspecific(keys[i], value);
    }
    return argument;
}

static void destructors_of_four_rounds_allocate_and_free(void **state)
{
    (void)state;
    assert_int_equal(PTHREAD_DESTRUCTOR_ITERATIONS, ROUNDS);
    for (unsigned i = 0; i < KEYS; i++)
        assert_int_equal(pthread_key_create(&keys[i], destroy_value), 0);
    for (unsigned round = 1; round <= 200; round++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, use_keys, NULL), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(destroyed, round * KEYS * ROUNDS);
        assert_int_equal(spoilt, 0);
    }
}

static size_t bytes_in_use(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static void blocks_freed_in_destructors_come_back(void **state)
{
    (void)state;
    size_t before = bytes_in_use();
    for (unsigned round = 0; round < 2000; round++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, use_keys, NULL), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
    }
    // 2000 threads have used 40 MB between them.
    assert_in_range(bytes_in_use(), 0, before + 256 * KIB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(destructors_of_four_rounds_allocate_and_free),
        cmocka_unit_test(blocks_freed_in_destructors_come_back),
    };

    return cmocka_run_group_tests_name("life_keys", tests, NULL, NULL);
}
