// SPDX-License-Identifier: MIT
// The calls of the C library as Windows has them, each of which must be ours.
#include <ikyoalloc/ikyoalloc.h>
#include <ikyoalloc/stats.h>

#include <errno.h>
#include <malloc.h>
#include <mbstring.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>

#include <cmocka.h>

size_t _aligned_msize(void *p, size_t alignment, size_t offset); // not in every header

static uint64_t handed_out(void)
{
    struct ikyo_stats stats;

    assert_true(ikyo_stats_get(&stats, sizeof stats));
    return stats.allocations;
}

// The block is ours, and is taken back by `give`.
static void expect_ours(void *p, uint64_t before, void (*give)(void *))
{
    assert_non_null(p);
    assert_int_equal(handed_out(), before + 1);
    give(p);
}

static void each_call_that_allocates_is_ours(void **state)
{
    uint64_t n = handed_out();

    (void)state;
    expect_ours(malloc(100), n++, free);
    expect_ours(calloc(10, 10), n++, free);
    expect_ours(realloc(NULL, 100), n++, free);
    expect_ours(_recalloc(NULL, 10, 10), n++, free);
    expect_ours(_aligned_malloc(100, 64), n++, _aligned_free);
    expect_ours(_aligned_realloc(NULL, 100, 64), n++, _aligned_free);
    expect_ours(_aligned_recalloc(NULL, 10, 10, 64), n++, _aligned_free);
    expect_ours(_aligned_offset_malloc(100, 64, 8), n++, _aligned_free);
    expect_ours(_aligned_offset_realloc(NULL, 100, 64, 8), n++, _aligned_free);
    expect_ours(_aligned_offset_recalloc(NULL, 10, 10, 64, 8), n++, _aligned_free);
    expect_ours(_strdup("text"), n++, free);
    expect_ours(strdup("text"), n++, free);
    expect_ours(_wcsdup(L"text"), n++, free);
    expect_ours(wcsdup(L"text"), n++, free);
    expect_ours(_mbsdup((const unsigned char *)"text"), n++, free);
}

static void copies_are_equal_to_the_text(void **state)
{
    char *narrow = _strdup("some text");
    wchar_t *wide = _wcsdup(L"some text");

    (void)state;
    assert_string_equal(narrow, "some text");
    assert_int_equal(wcscmp(wide, L"some text"), 0);
    assert_null(_strdup(NULL));
    free(narrow);
    free(wide);
}

static void msize_is_at_least_what_was_asked(void **state)
{
    (void)state;
    for (size_t size = 0; size < 3000000; size = size * 3 / 2 + 1) {
        char *p = malloc(size);

        assert_true(_msize(p) >= size);
        memset(p, 1, _msize(p));
        free(p);
    }
    errno = 0;
    assert_true(_msize(NULL) == (size_t)-1 && errno == EINVAL);
}

static void recalloc_clears_all_that_calloc_did_not_have(void **state)
{
    (void)state;
    for (size_t size = 1; size < 100000; size = size * 2 + 3) {
        char *p = malloc(size);

        // What is freed now comes back at once, full of other things.
        memset(p, 0xff, _msize(p));
        free(p);
        p = calloc(1, size);
        p = _recalloc(p, 3, size);
        for (size_t i = 0; i < 3 * size; i++)
            assert_int_equal(p[i], 0);
        free(p);
    }
    assert_null(_recalloc(NULL, SIZE_MAX / 2, 3));
}

static void expand_stays_or_refuses(void **state)
{
    char *p = malloc(1000);

    (void)state;
    assert_ptr_equal(_expand(p, 10), p);
    assert_ptr_equal(_expand(p, _msize(p)), p);
    assert_null(_expand(p, 1 << 20));
    free(p);
}

static void realloc_to_nothing_frees(void **state)
{
    (void)state;
    assert_null(realloc(malloc(100), 0));
}

static void aligned_blocks_are_aligned_at_their_offset(void **state)
{
    static const size_t offsets[] = {0, 1, 5, 8, 16, 32, 64, 100, 4096, 5000};

    (void)state;
    for (size_t alignment = 1; alignment <= 65536; alignment *= 2) {
        for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
            size_t offset = offsets[i];
            char *p = _aligned_offset_malloc(6000, alignment, offset);

            assert_non_null(p);
            assert_int_equal(((uintptr_t)p + offset) % alignment, 0);
            assert_true(_aligned_msize(p, alignment, offset) >= 6000);
            memset(p, 7, 6000);
            p = _aligned_offset_realloc(p, 60000, alignment, offset);
            assert_int_equal(((uintptr_t)p + offset) % alignment, 0);
            for (size_t k = 0; k < 6000; k++)
                assert_int_equal(p[k], 7);
            _aligned_free(p);
        }
    }
}

static void aligned_calls_refuse_what_is_no_alignment(void **state)
{
    (void)state;
    errno = 0;
    assert_true(_aligned_malloc(100, 48) == NULL && errno == EINVAL);
    errno = 0;
    assert_true(_aligned_malloc(100, 0) == NULL && errno == EINVAL);
    _aligned_free(NULL);
}

static void aligned_recalloc_clears_the_rest(void **state)
{
    char *p = _aligned_recalloc(NULL, 10, 10, 256);

    (void)state;
    memset(p, 1, 100);
    p = _aligned_recalloc(p, 100, 100, 256);
    for (size_t i = _aligned_msize(p, 256, 0); i-- > 1000;)
        assert_int_equal(p[i], 0);
    assert_true(p[0] == 1 && p[99] == 1);
    _aligned_free(p);
}

// _fullpath is not ours: its block comes from the C library's heap.
static void block_of_the_c_library_goes_back_to_its_heap(void **state)
{
    char *p = _fullpath(NULL, ".", 0);
    size_t size = _msize(p);

    (void)state;
    assert_true(size > strlen(p));
    p = realloc(p, 10000);
    assert_non_null(p);
    assert_true(_msize(p) >= 10000);
    free(p);
}

static void too_much_is_refused_with_errno(void **state)
{
    volatile size_t much = SIZE_MAX / 2;

    (void)state;
    errno = 0;
    assert_true(malloc(much) == NULL && errno == ENOMEM);
    errno = 0;
    assert_true(calloc(much, 4) == NULL && errno == ENOMEM);
}

static void free_of_null_does_nothing_and_success_keeps_the_last_error(void **state)
{
    void *p;

    (void)state;
    SetLastError(77);
    free(NULL);
    p = malloc(100 << 20);
    free(p);
    for (int i = 0; i < 1000; i++)
        free(malloc((size_t)i * 100));
    assert_int_equal(GetLastError(), 77);
}

static DWORD WINAPI allocate_and_end(void *unused)
{
    (void)unused;
    for (int i = 0; i < 100; i++)
        free(malloc((size_t)i * 10));
    return 0;
}

static void thread_of_the_system_gives_its_cache_back(void **state)
{
    struct ikyo_stats stats;

    (void)state;
    for (int i = 0; i < 50; i++) {
        HANDLE thread = CreateThread(NULL, 0, allocate_and_end, NULL, 0, NULL);

        assert_non_null(thread);
        assert_int_equal(WaitForSingleObject(thread, 20000), WAIT_OBJECT_0);
        CloseHandle(thread);
    }
    assert_true(ikyo_stats_get(&stats, sizeof stats));
    assert_int_equal(stats.threads, 1);
    assert_in_range(stats.pooled_caches, 1, 2);
}

static HANDLE fiber_of_thread;

static void WINAPI allocate_in_fiber(void *unused)
{
    (void)unused;
    for (int i = 0; i < 100; i++)
        free(malloc((size_t)i * 10));
    SwitchToFiber(fiber_of_thread);
}

// A fiber's end is no thread's: the thread keeps its cache.
static void fiber_that_is_deleted_leaves_the_cache(void **state)
{
    struct ikyo_stats stats;

    (void)state;
    fiber_of_thread = ConvertThreadToFiber(NULL);
    assert_non_null(fiber_of_thread);
    for (int i = 0; i < 10; i++) {
        void *fiber = CreateFiber(0, allocate_in_fiber, NULL);

        SwitchToFiber(fiber);
        DeleteFiber(fiber);
    }
    assert_true(ConvertFiberToThread());
    assert_true(ikyo_stats_get(&stats, sizeof stats));
    assert_int_equal(stats.threads, 1);
}

static volatile bool stop_holding;

static DWORD WINAPI allocate_for_ever(void *unused)
{
    (void)unused;
    while (!stop_holding)
        free(malloc(100000000));
    return 0;
}

static void __attribute__((destructor)) allocate_last(void)
{
    free(malloc(200000000));
}

// The end of a process kills its threads wherever they are, holding locks of ours as well.
static void process_ends_while_others_allocate(void)
{
    for (int i = 0; i < 4; i++)
        CreateThread(NULL, 0, allocate_for_ever, NULL, 0, NULL);
    Sleep(20);
    ExitProcess(0);
}

static void end_of_a_process_does_not_hang(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        struct child child = child_run(process_ends_while_others_allocate);

        assert_int_equal(child.status, 0);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_call_that_allocates_is_ours),
        cmocka_unit_test(copies_are_equal_to_the_text),
        cmocka_unit_test(msize_is_at_least_what_was_asked),
        cmocka_unit_test(recalloc_clears_all_that_calloc_did_not_have),
        cmocka_unit_test(expand_stays_or_refuses),
        cmocka_unit_test(realloc_to_nothing_frees),
        cmocka_unit_test(aligned_blocks_are_aligned_at_their_offset),
        cmocka_unit_test(aligned_calls_refuse_what_is_no_alignment),
        cmocka_unit_test(aligned_recalloc_clears_the_rest),
        cmocka_unit_test(block_of_the_c_library_goes_back_to_its_heap),
        cmocka_unit_test(too_much_is_refused_with_errno),
        cmocka_unit_test(free_of_null_does_nothing_and_success_keeps_the_last_error),
        cmocka_unit_test(thread_of_the_system_gives_its_cache_back),
        cmocka_unit_test(fiber_that_is_deleted_leaves_the_cache),
        cmocka_unit_test(end_of_a_process_does_not_hang),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
