// SPDX-License-Identifier: MIT
// valloc gives page-aligned blocks, pvalloc whole pages of them.
#include "api.h"

#include <unistd.h>

typedef void *(*page_call)(size_t size);

static page_call volatile page_block = valloc;
static page_call volatile whole_pages = pvalloc;

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static void valloc_blocks_are_page_aligned_and_writable(void **state)
{
    static const size_t sizes[] = { 0, 1, 100, 4095, 4096, 4097, 100000, 3 * MIB };

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        unsigned char *first = page_block(sizes[i]);
        unsigned char *second = page_block(sizes[i]);
        assert_non_null(first);
        assert_non_null(second);
        assert_ptr_not_equal(first, second);
        assert_true(api_is_aligned(first, page_size()) && api_is_aligned(second, page_size()));
        api_fill(first, sizes[i], i);
        api_fill(second, sizes[i], i + 20);
        assert_true(api_holds(first, sizes[i], i));
        call.free(first);
        assert_true(api_holds(second, sizes[i], i + 20));
        call.free(second);
    }
}

static void pvalloc_rounds_the_size_up_to_whole_pages(void **state)
{
    static const size_t sizes[] = { 1, 100, 4095, 4096, 4097, 8193, 70001, 2 * MIB + 1 };

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size_t rounded = (sizes[i] + page_size() - 1) / page_size() * page_size();
        unsigned char *first = whole_pages(sizes[i]);
        unsigned char *second = whole_pages(sizes[i]);
        assert_non_null(first);
        assert_non_null(second);
        assert_true(api_is_aligned(first, page_size()) && api_is_aligned(second, page_size()));
        assert_in_range(call.malloc_usable_size(first), rounded, SIZE_MAX);
        api_fill(first, rounded, i);
        api_fill(second, rounded, i + 20);
        assert_true(api_holds(first, rounded, i));
        assert_true(api_holds(second, rounded, i + 20));
        call.free(first);
        call.free(second);
    }
    void *empty = whole_pages(0);
    assert_non_null(empty);
    assert_true(api_is_aligned(empty, page_size()));
    call.free(empty);
}

static void valloc_and_pvalloc_too_large_set_enomem(void **state)
{
    // Rounding SIZE_MAX up to a page must not wrap around to zero.
    static const size_t sizes[] = { SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 4094, SIZE_MAX - 4095,
                                    SIZE_MAX - 4096, (size_t)PTRDIFF_MAX + 1, API_BEYOND };

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        errno = 0;
        assert_null(page_block(sizes[i]));
        assert_int_equal(errno, ENOMEM);
        errno = 0;
        assert_null(whole_pages(sizes[i]));
        assert_int_equal(errno, ENOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valloc_blocks_are_page_aligned_and_writable),
        cmocka_unit_test(pvalloc_rounds_the_size_up_to_whole_pages),
        cmocka_unit_test(valloc_and_pvalloc_too_large_set_enomem),
    };

    return cmocka_run_group_tests_name("valloc", tests, NULL, NULL);
}
