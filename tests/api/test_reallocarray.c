// SPDX-License-Identifier: MIT
// reallocarray: realloc of a product that must not wrap around.
#include "api.h"

static void reallocarray_grows_and_shrinks_keeping_content(void **state)
{
    unsigned char *p = call.reallocarray(NULL, 10, 12);

    (void)state;
    assert_non_null(p);
    api_fill(p, 120, 1);
    p = call.reallocarray(p, 50000, 7);
    assert_non_null(p);
    assert_in_range(call.malloc_usable_size(p), 350000, SIZE_MAX);
    assert_true(api_holds(p, 120, 1));
    p = call.reallocarray(p, 3, 8);
    assert_non_null(p);
    assert_true(api_holds(p, 24, 1));
    call.free(p);
}

static void reallocarray_overflow_keeps_the_block_and_sets_enomem(void **state)
{
    static const size_t products[][2] = {
        { SIZE_MAX, 2 }, { 2, SIZE_MAX }, { SIZE_MAX / 2 + 1, 2 },
        { API_ROOT, API_ROOT }, { SIZE_MAX, SIZE_MAX }, { SIZE_MAX / 3 + 1, 3 },
        { (size_t)PTRDIFF_MAX + 1, 1 },
    };
    unsigned char *p = call.malloc(5000);

    (void)state;
    assert_non_null(p);
    api_fill(p, 5000, 2);
    for (size_t i = 0; i < sizeof(products) / sizeof(products[0]); i++) {
        errno = 0;
        assert_null(call.reallocarray(p, products[i][0], products[i][1]));
        assert_int_equal(errno, ENOMEM);
        errno = 0;
        assert_null(call.reallocarray(NULL, products[i][0], products[i][1]));
        assert_int_equal(errno, ENOMEM);
        assert_true(api_holds(p, 5000, 2));
    }
    call.free(p);
}

static void reallocarray_to_nothing_frees_and_returns_null(void **state)
{
    (void)state;
    assert_null(call.reallocarray(call.malloc(100), 0, 8));
    assert_null(call.reallocarray(call.malloc(100), SIZE_MAX, 0));
    void *empty = call.reallocarray(NULL, 0, 0);
    assert_non_null(empty);
    call.free(empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reallocarray_grows_and_shrinks_keeping_content),
        cmocka_unit_test(reallocarray_overflow_keeps_the_block_and_sets_enomem),
        cmocka_unit_test(reallocarray_to_nothing_frees_and_returns_null),
    };

    return cmocka_run_group_tests_name("reallocarray", tests, NULL, NULL);
}
