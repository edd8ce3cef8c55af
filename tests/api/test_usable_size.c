// SPDX-License-Identifier: MIT
// malloc_usable_size: every byte it promises is the caller's.
#include "api.h"

static void usable_size_of_null_is_zero(void **state)
{
    (void)state;
    assert_int_equal(call.malloc_usable_size(NULL), 0);
}

static void usable_size_is_writable_to_the_last_byte_and_stable(void **state)
{
    (void)state;
    for (size_t size = 0; size <= (size_t)64 * MIB; size = size < 3000 ? size + 1 : size / 7 * 9) {
        unsigned char *p = call.malloc(size);
        unsigned char *neighbour = call.malloc(size);
        assert_non_null(p);
        assert_non_null(neighbour);
        size_t usable = call.malloc_usable_size(p);
        size_t beside = call.malloc_usable_size(neighbour);
        assert_in_range(usable, size, SIZE_MAX);
        api_fill(p, usable, 1);
        api_fill(neighbour, beside, 2);
        assert_true(api_holds(p, usable, 1));
        assert_int_equal(call.malloc_usable_size(p), usable);
        call.free(p);
        assert_true(api_holds(neighbour, beside, 2));
        assert_int_equal(call.malloc_usable_size(neighbour), beside);
        call.free(neighbour);
    }
}

static void usable_size_of_aligned_blocks_is_writable(void **state)
{
    (void)state;
    for (size_t alignment = 16; alignment <= 8 * MIB; alignment *= 2) {
        unsigned char *p = call.memalign(alignment, 5000);
        assert_non_null(p);
        size_t usable = call.malloc_usable_size(p);
        assert_in_range(usable, 5000, SIZE_MAX);
        api_fill(p, usable, alignment);
        assert_true(api_holds(p, usable, alignment));
        call.free(p);
    }
}

static void usable_bytes_survive_realloc_to_the_usable_size(void **state)
{
    (void)state;
    for (size_t size = 1; size < 5 * MIB; size = size * 3 / 2 + 1) {
        unsigned char *p = call.malloc(size);
        assert_non_null(p);
        size_t usable = call.malloc_usable_size(p);
        api_fill(p, usable, size);
        p = call.realloc(p, usable);
        assert_non_null(p);
        assert_true(api_holds(p, usable, size));
        call.free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usable_size_of_null_is_zero),
        cmocka_unit_test(usable_size_is_writable_to_the_last_byte_and_stable),
        cmocka_unit_test(usable_size_of_aligned_blocks_is_writable),
        cmocka_unit_test(usable_bytes_survive_realloc_to_the_usable_size),
    };

    return cmocka_run_group_tests_name("malloc_usable_size", tests, NULL, NULL);
}
