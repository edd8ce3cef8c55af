// SPDX-License-Identifier: MIT
// calloc: zero whatever the memory held before, and no product may wrap around.
#include "api.h"

enum { BATCH = 8 };

// Leaves freed memory of this size full of non-zero bytes behind.
static void dirty(size_t size)
{
    void *blocks[BATCH];

    for (size_t i = 0; i < BATCH; i++) {
        blocks[i] = call.malloc(size);
        assert_non_null(blocks[i]);
        memset(blocks[i], 0xa5, size);
    }
    for (size_t i = 0; i < BATCH; i++)
        call.free(blocks[i]);
}

// More blocks than were dirtied, so that reused and fresh memory are both met.
static void check_zero(size_t count, size_t size)
{
    unsigned char *blocks[BATCH + 2];

    for (size_t i = 0; i < BATCH + 2; i++) {
        blocks[i] = call.calloc(count, size);
        assert_non_null(blocks[i]);
        assert_true(api_is_aligned(blocks[i], 16));
        assert_true(api_is_zero(blocks[i], count * size));
        memset(blocks[i], 0x5a, count * size);
    }
    for (size_t i = 0; i < BATCH + 2; i++)
        call.free(blocks[i]);
}

static void calloc_after_dirty_reuse_of_every_small_size_is_zero(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 5000; size++) {
        dirty(size);
        check_zero(1, size);
        check_zero(size, 1);
    }
}

static void calloc_after_dirty_reuse_to_40_mib_is_zero(void **state)
{
    (void)state;
    for (size_t size = 5000; size <= (size_t)8 * MIB; size = size / 2 * 3) {
        dirty(size);
        check_zero(1, size);
        check_zero(size / 8 + 1, 8);
    }
    for (int round = 0; round < 3; round++) {
        unsigned char *big = call.malloc((size_t)40 * MIB);
        assert_non_null(big);
        memset(big, 0xa5, (size_t)40 * MIB);
        call.free(big);
        big = call.calloc(40, MIB);
        assert_non_null(big);
        assert_true(api_is_zero(big, (size_t)40 * MIB));
        call.free(big);
    }
}

static void calloc_smaller_than_the_freed_block_is_zero(void **state)
{
    static const size_t sizes[] = { 700, 3000, 30000, 70000, 500000, 3000000, 20000000 };

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        dirty(sizes[i]);
        for (size_t part = 2; part < 9; part++) {
            unsigned char *p = call.calloc(1, sizes[i] / part);
            assert_non_null(p);
            assert_true(api_is_zero(p, sizes[i] / part));
            call.free(p);
        }
    }
}

static void calloc_after_a_dirty_block_shrank_is_zero(void **state)
{
    (void)state;
    for (size_t size = 64 * KIB; size <= (size_t)16 * MIB; size *= 4) {
        unsigned char *shrunk = call.malloc(size);
        assert_non_null(shrunk);
        memset(shrunk, 0xa5, size);
        shrunk = call.realloc(shrunk, size / 4);
        assert_non_null(shrunk);
        unsigned char *p = call.calloc(1, size / 2);
        assert_non_null(p);
        assert_true(api_is_zero(p, size / 2));
        call.free(p);
        call.free(shrunk);
    }
}

static void calloc_after_trim_is_zero(void **state)
{
    (void)state;
    for (size_t size = 48; size <= (size_t)4 * MIB; size *= 6) {
        dirty(size);
        malloc_trim(0);
        check_zero(1, size);
    }
}

static void calloc_overflow_sets_enomem(void **state)
{
    static const size_t products[][2] = {
        { SIZE_MAX, 2 }, { 2, SIZE_MAX }, { SIZE_MAX / 2 + 1, 2 }, { SIZE_MAX / 16 + 2, 16 },
        { API_ROOT, API_ROOT }, { API_ROOT + 1, API_ROOT },
        { SIZE_MAX, SIZE_MAX }, { PTRDIFF_MAX, 3 }, { SIZE_MAX, 1 }, { 1, SIZE_MAX },
        { (size_t)PTRDIFF_MAX + 1, 1 }, { SIZE_MAX / 3 + 1, 3 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(products) / sizeof(products[0]); i++) {
        errno = 0;
        assert_null(call.calloc(products[i][0], products[i][1]));
        assert_int_equal(errno, ENOMEM);
    }
}

static void calloc_of_nothing_returns_unique_blocks(void **state)
{
    (void)state;
    void *none = call.calloc(0, 0);
    void *no_count = call.calloc(0, SIZE_MAX);
    void *no_size = call.calloc(SIZE_MAX, 0);

    assert_non_null(none);
    assert_non_null(no_count);
    assert_non_null(no_size);
    assert_ptr_not_equal(none, no_count);
    assert_ptr_not_equal(none, no_size);
    assert_ptr_not_equal(no_count, no_size);
    call.free(none);
    call.free(no_count);
    call.free(no_size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calloc_after_dirty_reuse_of_every_small_size_is_zero),
        cmocka_unit_test(calloc_after_dirty_reuse_to_40_mib_is_zero),
        cmocka_unit_test(calloc_smaller_than_the_freed_block_is_zero),
        cmocka_unit_test(calloc_after_a_dirty_block_shrank_is_zero),
        cmocka_unit_test(calloc_after_trim_is_zero),
        cmocka_unit_test(calloc_overflow_sets_enomem),
        cmocka_unit_test(calloc_of_nothing_returns_unique_blocks),
    };

    return cmocka_run_group_tests_name("calloc", tests, NULL, NULL);
}
