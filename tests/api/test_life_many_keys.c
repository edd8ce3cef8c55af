// SPDX-License-Identifier: MIT
// The program holds 120 thread-specific keys before its first allocation. The C library keeps
// the values of keys above 31 in memory that it takes from calloc, inside pthread_setspecific.
#include "api.h"

#include <pthread.h>

enum { KEYS = 120 };

static pthread_key_t keys[KEYS];
static unsigned created;
static unsigned destroyed;

static void count_and_free(void *value)
{
    __atomic_fetch_add(&destroyed, 1, __ATOMIC_RELAXED);
    call.free(value);
}

static void create_keys(void)
{
    while (created < KEYS && pthread_key_create(&keys[created], count_and_free) == 0)
        created++;
    // The first allocation of the process happens inside this call.
    pthread_setspecific(keys[KEYS - 1], keys);
}

API_RUN_FIRST(create_keys)

static void *set_every_key(void *argument)
{
    for (unsigned i = 0; i < KEYS; i++)
        pthread_setspecific(keys[i], call.malloc(i * 50 + 1));
    return argument;
}

static void value_set_by_the_first_allocation_is_kept(void **state)
{
    (void)state;
    assert_int_equal(created, KEYS);
    assert_ptr_equal(pthread_getspecific(keys[KEYS - 1]), keys);
    assert_int_equal(pthread_setspecific(keys[KEYS - 1], NULL), 0);
}

static void threads_with_many_keys_allocate_and_end(void **state)
{
    (void)state;
    for (unsigned round = 1; round <= 100; round++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, set_every_key, NULL), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(destroyed, round * KEYS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(value_set_by_the_first_allocation_is_kept),
        cmocka_unit_test(threads_with_many_keys_allocate_and_end),
    };

    return cmocka_run_group_tests_name("life_many_keys", tests, NULL, NULL);
}
