// SPDX-License-Identifier: MIT
// posix_memalign: POSIX's error codes as return values, nothing else written.
#include "api.h"

#define UNTOUCHED ((void *)(uintptr_t)0x5eed)

static void posix_memalign_of_every_alignment_is_aligned_and_writable(void **state)
{
    static const size_t sizes[] = { 1, 16, 100, 1024, 5000, 40000, 300000, 2 * MIB + 1 };

    (void)state;
    for (size_t alignment = sizeof(void *); alignment <= (size_t)1 << 30; alignment *= 2) {
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            void *first = NULL;
            void *second = NULL;
            assert_int_equal(call.posix_memalign(&first, alignment, sizes[i]), 0);
            assert_int_equal(call.posix_memalign(&second, alignment, sizes[i]), 0);
            assert_true(api_is_aligned(first, alignment));
            assert_true(api_is_aligned(second, alignment));
            // Sixteen bytes always, whatever smaller alignment was asked for.
            assert_true(api_is_aligned(first, 16));
            assert_in_range(call.malloc_usable_size(first), sizes[i], SIZE_MAX);
            api_fill(first, sizes[i], i);
            api_fill(second, sizes[i], i + 50);
            assert_true(api_holds(first, sizes[i], i));
            call.free(first);
            assert_true(api_holds(second, sizes[i], i + 50));
            call.free(second);
        }
    }
}

static void posix_memalign_bad_alignment_is_einval_and_writes_nothing(void **state)
{
    static const size_t bad[] = { 0, 1, sizeof(void *) / 2, 3, 7, 9, 12, 24, 48, 100, 4095, 4097, 6000,
                                  SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 4 + 9 };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        void *p = UNTOUCHED;
        errno = 77;
        assert_int_equal(call.posix_memalign(&p, bad[i], 64), EINVAL);
        assert_ptr_equal(p, UNTOUCHED);
        assert_int_equal(errno, 77);
    }
}

static void posix_memalign_too_large_is_enomem_and_writes_nothing(void **state)
{
    static const size_t requests[][2] = {
        { 16, SIZE_MAX }, { 16, (size_t)PTRDIFF_MAX + 1 }, { 4096, SIZE_MAX - 4096 },
        { 64, SIZE_MAX - 63 }, { (size_t)1 << 30, API_BEYOND }, { SIZE_MAX / 2 + 1, 64 },
        { SIZE_MAX / 2 + 1, SIZE_MAX / 2 + 1 }, { SIZE_MAX / 4 + 1, API_BEYOND },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        void *p = UNTOUCHED;
        errno = 77;
        assert_int_equal(call.posix_memalign(&p, requests[i][0], requests[i][1]), ENOMEM);
        assert_ptr_equal(p, UNTOUCHED);
        // POSIX leaves errno unspecified and glibc overwrites it in this one case; ikyoalloc
        // promises that it stays, which is what callers of error-returning functions assume.
        assert_int_equal(errno, 77);
    }
}

static void posix_memalign_success_leaves_errno(void **state)
{
    (void)state;
    for (size_t size = 1; size <= (size_t)16 * MIB; size *= 4) {
        void *p = NULL;
        errno = 77;
        assert_int_equal(call.posix_memalign(&p, 64, size), 0);
        assert_int_equal(errno, 77);
        call.free(p);
    }
}

static void posix_memalign_zero_size_returns_unique_aligned_blocks(void **state)
{
    void *first = NULL;
    void *second = NULL;

    (void)state;
    assert_int_equal(call.posix_memalign(&first, 256, 0), 0);
    assert_int_equal(call.posix_memalign(&second, 256, 0), 0);
    assert_non_null(first);
    assert_non_null(second);
    assert_ptr_not_equal(first, second);
    assert_true(api_is_aligned(first, 256) && api_is_aligned(second, 256));
    call.free(first);
    call.free(second);
}

static void posix_memalign_many_aligned_blocks_do_not_overlap(void **state)
{
    enum { COUNT = 2000 };
    static unsigned char *blocks[COUNT];

    (void)state;
    for (size_t alignment = 32; alignment <= 64 * KIB; alignment *= 8) {
        for (size_t i = 0; i < COUNT; i++) {
            size_t size = i % 700 + 1;
            assert_int_equal(call.posix_memalign((void **)&blocks[i], alignment, size), 0);
            assert_true(api_is_aligned(blocks[i], alignment));
            api_fill(blocks[i], size, i);
        }
        for (size_t i = 0; i < COUNT; i++) {
            assert_true(api_holds(blocks[i], i % 700 + 1, i));
            call.free(blocks[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posix_memalign_of_every_alignment_is_aligned_and_writable),
        cmocka_unit_test(posix_memalign_bad_alignment_is_einval_and_writes_nothing),
        cmocka_unit_test(posix_memalign_too_large_is_enomem_and_writes_nothing),
        cmocka_unit_test(posix_memalign_success_leaves_errno),
        cmocka_unit_test(posix_memalign_zero_size_returns_unique_aligned_blocks),
        cmocka_unit_test(posix_memalign_many_aligned_blocks_do_not_overlap),
    };

    return cmocka_run_group_tests_name("posix_memalign", tests, NULL, NULL);
}
