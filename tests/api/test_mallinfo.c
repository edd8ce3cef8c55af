// SPDX-License-Identifier: MIT
// mallinfo2 and mallinfo: the figures follow what the program does.
#include "api.h"

static size_t bytes_in_use(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static void mallinfo2_use_follows_small_blocks(void **state)
{
    enum { COUNT = 10000, SIZE = 200 };
    static void *blocks[COUNT];

    (void)state;
    size_t before = bytes_in_use();
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = call.malloc(SIZE);
        assert_non_null(blocks[i]);
    }
    size_t during = bytes_in_use();
    for (size_t i = 0; i < COUNT; i++)
        call.free(blocks[i]);
    size_t after = bytes_in_use();

    assert_in_range(during - before, COUNT * SIZE, COUNT * SIZE * 5 / 4);
    // glibc counts blocks in a thread's cache as used: a few of them may stay.
    assert_in_range(after, 0, before + 16 * KIB);
}

static void mallinfo2_use_follows_large_and_huge_blocks(void **state)
{
    static const size_t sizes[] = { 50 * KIB, 500 * KIB, 4 * MIB, 64 * MIB };

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size_t before = bytes_in_use();
        void *p = call.malloc(sizes[i]);
        assert_non_null(p);
        size_t during = bytes_in_use();
        call.free(p);
        assert_in_range(during - before, sizes[i], sizes[i] + sizes[i] / 4 + 4096);
        assert_int_equal(bytes_in_use(), before);
    }
}

static void mallinfo2_counts_own_mappings(void **state)
{
    (void)state;
    struct mallinfo2 before = mallinfo2();
    void *first = call.malloc((size_t)64 * MIB);
    void *second = call.malloc((size_t)64 * MIB);
    assert_non_null(first);
    assert_non_null(second);
    struct mallinfo2 during = mallinfo2();
    call.free(first);
    call.free(second);
    struct mallinfo2 after = mallinfo2();

    assert_int_equal(during.hblks, before.hblks + 2);
    assert_in_range(during.hblkhd - before.hblkhd, 128 * MIB, 130 * MIB);
    assert_int_equal(after.hblks, before.hblks);
    assert_int_equal(after.hblkhd, before.hblkhd);
}

static void mallinfo2_arena_is_used_plus_free(void **state)
{
    void *small = call.malloc(100);
    void *large = call.malloc(70 * KIB);

    (void)state;
    assert_non_null(small);
    assert_non_null(large);
    call.free(large);
    struct mallinfo2 info = mallinfo2();
    call.free(small);

    assert_in_range(info.uordblks, 1, info.arena);
    assert_int_equal(info.arena, info.uordblks + info.fordblks);
    assert_in_range(info.keepcost, 0, info.fordblks);
    assert_in_range(info.fsmblks, 0, info.fordblks);
    assert_int_equal(info.usmblks, 0);
}

// The calls are deprecated because of their int fields; programs that still make them must get
// the same figures as long as those fit.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static struct mallinfo (*volatile narrow_mallinfo)(void) = mallinfo;
#pragma GCC diagnostic pop

static void mallinfo_agrees_with_mallinfo2(void **state)
{
    void *blocks[100];

    (void)state;
    for (size_t i = 0; i < 100; i++) {
        blocks[i] = call.malloc(i * 500);
        assert_non_null(blocks[i]);
    }
    void *huge = call.malloc((size_t)32 * MIB);
    assert_non_null(huge);
    struct mallinfo2 wide = mallinfo2();
    struct mallinfo narrow = narrow_mallinfo();
    call.free(huge);
    for (size_t i = 0; i < 100; i++)
        call.free(blocks[i]);

    assert_int_equal((size_t)narrow.arena, wide.arena);
    assert_int_equal((size_t)narrow.ordblks, wide.ordblks);
    assert_int_equal((size_t)narrow.hblks, wide.hblks);
    assert_int_equal((size_t)narrow.hblkhd, wide.hblkhd);
    assert_int_equal((size_t)narrow.uordblks, wide.uordblks);
    assert_int_equal((size_t)narrow.fordblks, wide.fordblks);
    assert_int_equal((size_t)narrow.keepcost, wide.keepcost);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mallinfo2_use_follows_small_blocks),
        cmocka_unit_test(mallinfo2_use_follows_large_and_huge_blocks),
        cmocka_unit_test(mallinfo2_counts_own_mappings),
        cmocka_unit_test(mallinfo2_arena_is_used_plus_free),
        cmocka_unit_test(mallinfo_agrees_with_mallinfo2),
    };

    return cmocka_run_group_tests_name("mallinfo", tests, NULL, NULL);
}
