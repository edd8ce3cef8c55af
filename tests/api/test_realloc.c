// SPDX-License-Identifier: MIT
// realloc: content survives every move, failures leave the old block, zero frees.
#include "api.h"

static size_t bytes_in_use(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

// One past, on and one before every kind of boundary: 16-byte steps, eighths of powers of two.
static size_t next_size(size_t size)
{
    size_t step = size < 256 ? 1 : size < 4096 ? size / 64 : size / 24;

    return size + step + (size & 1);
}

static void realloc_growing_over_every_boundary_keeps_content(void **state)
{
    unsigned char *p = call.malloc(1);
    size_t size = 1;

    (void)state;
    assert_non_null(p);
    api_fill(p, size, 1);
    for (uint64_t id = 2; size < (size_t)24 * MIB; id++) {
        size_t larger = next_size(size);
        p = call.realloc(p, larger);
        assert_non_null(p);
        assert_true(api_is_aligned(p, 16));
        assert_true(api_holds(p, size, id - 1));
        size = larger;
        api_fill(p, size, id);
    }
    call.free(p);
}

static void realloc_shrinking_over_every_boundary_keeps_content(void **state)
{
    size_t size = (size_t)24 * MIB;
    unsigned char *p = call.malloc(size);

    (void)state;
    assert_non_null(p);
    api_fill(p, size, 7);
    while (size > 1) {
        size -= size < 256 ? 1 : size / 20;
        p = call.realloc(p, size);
        assert_non_null(p);
        assert_true(api_is_aligned(p, 16));
        assert_true(api_holds(p, size / 8 * 8, 7));
    }
    call.free(p);
}

static void realloc_between_all_kinds_of_size_keeps_the_shorter_content(void **state)
{
    static const size_t sizes[] = {
        1, 16, 100, 1024, 1025, 5000, 32 * KIB, 32 * KIB + 1, 100 * KIB, 256 * KIB, MIB - 1, MIB,
        MIB + 1, 2 * MIB, 5 * MIB, 33 * MIB,
    };
    enum { COUNT = sizeof(sizes) / sizeof(sizes[0]) };

    (void)state;
    for (size_t from = 0; from < COUNT; from++) {
        for (size_t to = 0; to < COUNT; to++) {
            // A neighbour keeps an in-place growth from being the only path that is seen.
            unsigned char *p = call.malloc(sizes[from]);
            unsigned char *neighbour = call.malloc(sizes[from]);
            size_t kept = sizes[from] < sizes[to] ? sizes[from] : sizes[to];
            assert_non_null(p);
            assert_non_null(neighbour);
            api_fill(p, sizes[from], from);
            api_fill(neighbour, sizes[from], from + 100);
            p = call.realloc(p, sizes[to]);
            assert_non_null(p);
            assert_true(api_holds(p, kept / 8 * 8, from));
            api_fill(p, sizes[to], to + 200);
            assert_true(api_holds(neighbour, sizes[from], from + 100));
            call.free(p);
            call.free(neighbour);
        }
    }
}

static void realloc_of_null_allocates(void **state)
{
    (void)state;
    unsigned char *p = call.realloc(NULL, 300);
    void *empty = call.realloc(NULL, 0);

    assert_non_null(p);
    assert_non_null(empty);
    api_fill(p, 300, 3);
    assert_true(api_holds(p, 300, 3));
    call.free(p);
    call.free(empty);
}

static void realloc_to_zero_frees_and_returns_null(void **state)
{
    static const size_t sizes[] = { 0, 1, 40, 2000, 100 * KIB, 2 * MIB };
    void *warm = call.malloc(2 * MIB);

    (void)state;
    assert_non_null(warm);
    call.free(warm);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size_t before = bytes_in_use();
        for (int round = 0; round < 200; round++) {
            void *p = call.malloc(sizes[i]);
            assert_non_null(p);
            assert_null(call.realloc(p, 0));
        }
        assert_in_range(bytes_in_use(), 0, before + 64 * KIB + sizes[i] * 10);
    }
}

static void realloc_too_large_keeps_the_block_and_sets_enomem(void **state)
{
    static const size_t sizes[] = { 10, 3000, 100 * KIB, 5 * MIB };
    static const size_t impossible[] = { (size_t)PTRDIFF_MAX + 1, SIZE_MAX, SIZE_MAX - 4096,
                                         API_BEYOND };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        unsigned char *p = call.malloc(sizes[i]);
        assert_non_null(p);
        api_fill(p, sizes[i], i);
        for (size_t j = 0; j < 4; j++) {
            errno = 0;
            assert_null(call.realloc(p, impossible[j]));
            assert_int_equal(errno, ENOMEM);
            assert_true(api_holds(p, sizes[i], i));
        }
        call.free(p);
    }
    errno = 0;
    assert_null(call.realloc(NULL, SIZE_MAX));
    assert_int_equal(errno, ENOMEM);
}

static void realloc_of_one_huge_block_to_256_mib_by_steps_keeps_content(void **state)
{
    size_t size = MIB;
    uint64_t *words = call.malloc(size);

    (void)state;
    assert_non_null(words);
    // One word in each 4 KiB is enough: page tables or whole pages move, never parts of a page.
    for (size_t done = 0; size <= (size_t)256 * MIB; size += MIB) {
        words = call.realloc(words, size);
        assert_non_null(words);
        for (size_t at = 0; at < done; at += (size_t)64 * 4096)
            assert_int_equal(words[at / 8], at ^ 0x1234);
        for (; done < size; done += 4096)
            words[done / 8] = done ^ 0x1234;
    }
    for (size_t at = 0; at < (size_t)256 * MIB; at += 4096)
        assert_int_equal(words[at / 8], at ^ 0x1234);
    words = call.realloc(words, 4096);
    assert_non_null(words);
    assert_int_equal(words[0], 0x1234);
    call.free(words);
}

static void realloc_of_aligned_blocks_keeps_content(void **state)
{
    (void)state;
    for (size_t alignment = 16; alignment <= 4 * MIB; alignment *= 4) {
        unsigned char *p = call.memalign(alignment, 10000);
        assert_non_null(p);
        api_fill(p, 10000, alignment);
        p = call.realloc(p, 400000);
        assert_non_null(p);
        assert_true(api_holds(p, 10000, alignment));
        p = call.realloc(p, 80);
        assert_non_null(p);
        assert_true(api_holds(p, 80, alignment));
        call.free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(realloc_growing_over_every_boundary_keeps_content),
        cmocka_unit_test(realloc_shrinking_over_every_boundary_keeps_content),
        cmocka_unit_test(realloc_between_all_kinds_of_size_keeps_the_shorter_content),
        cmocka_unit_test(realloc_of_null_allocates),
        cmocka_unit_test(realloc_to_zero_frees_and_returns_null),
        cmocka_unit_test(realloc_too_large_keeps_the_block_and_sets_enomem),
        cmocka_unit_test(realloc_of_one_huge_block_to_256_mib_by_steps_keeps_content),
        cmocka_unit_test(realloc_of_aligned_blocks_keeps_content),
    };

    return cmocka_run_group_tests_name("realloc", tests, NULL, NULL);
}
