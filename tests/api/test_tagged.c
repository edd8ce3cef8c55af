// SPDX-License-Identifier: MIT
// ikyoalloc/tagged.h: the plain names are calls that know their place, and work as ever. Also built
// as C++.
#include "api.h"

#include "ikyoalloc/tagged.h"

static void blocks_of_tagged_calls_are_as_those_of_plain_ones(void **state)
{
    char *p = (char *)malloc(100);

    (void)state;
    assert_non_null(p);
    memset(p, 'a', 100);
    p = (char *)realloc(p, 1000);
    assert_non_null(p);
    assert_int_equal(p[0], 'a');
    assert_int_equal(p[99], 'a');
    free(p);
    p = (char *)calloc(10, 100);
    assert_non_null(p);
    assert_true(api_is_zero(p, 1000));
    free(p);
    p = (char *)aligned_alloc(256, 1000);
    assert_non_null(p);
    assert_true(api_is_aligned(p, 256));
    free(p);
}

static void arguments_are_evaluated_once(void **state)
{
    size_t size = 10;
    void *p = malloc(size++);

    (void)state;
    p = realloc(p, size++);
    free(p);
    p = calloc(size++, 1);
    free(p);
    p = aligned_alloc(64, size++);
    free(p);
    assert_int_equal(size, 14);
}

static void failures_set_errno(void **state)
{
    (void)state;
    errno = 0;
    assert_null(malloc(SIZE_MAX));
    assert_int_equal(errno, ENOMEM);
    errno = 0;
    assert_null(calloc(SIZE_MAX, 2));
    assert_int_equal(errno, ENOMEM);
}

// Only calls are replaced: the names may still stand for the functions.
static void addresses_are_those_of_the_plain_functions(void **state)
{
    void *(*volatile plain)(size_t) = malloc;

    (void)state;
    assert_true(plain == call.malloc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_tagged_calls_are_as_those_of_plain_ones),
        cmocka_unit_test(arguments_are_evaluated_once),
        cmocka_unit_test(failures_set_errno),
        cmocka_unit_test(addresses_are_those_of_the_plain_functions),
    };

    return cmocka_run_group_tests_name("tagged", tests, NULL, NULL);
}
