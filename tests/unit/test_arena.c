// SPDX-License-Identifier: MIT
// Arenas as an application sees them: blocks, marks, resets, figures, refusals.
#include "ikyoalloc/arena.h"

#include "ikyoalloc/vm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { KIB = 1024, MIB = 1024 * 1024 };

static struct ikyo_arena *create(size_t reserve)
{
    struct ikyo_arena *arena = ikyo_arena_create(reserve);

    assert_non_null(arena);
    return arena;
}

static void create_refuses_sizes_that_cannot_be(void **state)
{
    (void)state;
    assert_null(ikyo_arena_create(0));
    assert_null(ikyo_arena_create(SIZE_MAX));
    assert_null(ikyo_arena_create(SIZE_MAX - MIB));
    ikyo_arena_destroy(NULL);
    assert_int_equal(ikyo_arena_stats(NULL).used, 0);
}

static void create_reserves_whole_pages_and_commits_none(void **state)
{
    struct ikyo_arena *arena = create(1);
    struct ikyo_arena_figures stats = ikyo_arena_stats(arena);

    (void)state;
    assert_int_equal(stats.reserved, ikyo_vm_page_size());
    assert_int_equal(stats.committed, 0);
    assert_int_equal(stats.used, 0);
    assert_int_equal(stats.peak, 0);
    ikyo_arena_destroy(arena);
}

static void blocks_are_aligned_and_apart(void **state)
{
    struct ikyo_arena *arena = create(64 * MIB);
    char *last = NULL;

    (void)state;
    for (size_t alignment = 1; alignment <= MIB; alignment *= 2) {
        for (size_t size = 1; size < 300; size += 37) {
            char *block = ikyo_arena_alloc(arena, size, alignment);

            assert_non_null(block);
            assert_int_equal((uintptr_t)block % alignment, 0);
            assert_true(last == NULL || block >= last);
            memset(block, 1, size);
            last = block + size;
        }
    }
    ikyo_arena_destroy(arena);
}

static void bad_alignment_is_refused(void **state)
{
    static const size_t alignments[] = {0, 3, 6, 12, 24, 100, SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2};
    struct ikyo_arena *arena = create(MIB);

    (void)state;
    for (int usable = 0; usable < 2; usable++) {
        size_t used = ikyo_arena_mark(arena);

        for (size_t i = 0; i < sizeof(alignments) / sizeof(alignments[0]); i++) {
            assert_null(ikyo_arena_alloc(arena, 8, alignments[i]));
            assert_null(ikyo_arena_alloc(arena, 0, alignments[i]));
            assert_int_equal(ikyo_arena_mark(arena), used);
        }
        assert_non_null(ikyo_arena_alloc(arena, 8, 8));
    }
    ikyo_arena_destroy(arena);
}

static void alignment_above_the_address_space_is_refused(void **state)
{
    struct ikyo_arena *arena = create(MIB);

    (void)state;
    assert_null(ikyo_arena_alloc(arena, 1, SIZE_MAX / 2 + 1));
    assert_null(ikyo_arena_alloc(arena, 0, SIZE_MAX / 2 + 1));
    assert_int_equal(ikyo_arena_mark(arena), 0);
    ikyo_arena_destroy(arena);
}

static void size_beyond_the_reservation_is_refused(void **state)
{
    struct ikyo_arena *arena = create(MIB);
    size_t sizes[] = {MIB + 1,          2 * MIB,        SIZE_MAX / 2,
                      SIZE_MAX / 2 + 1, SIZE_MAX - MIB, SIZE_MAX - 4096,
                      SIZE_MAX - 15,    SIZE_MAX - 1,   SIZE_MAX};

    (void)state;
    for (size_t alignment = 1; alignment <= SIZE_MAX / 2; alignment *= 2) {
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
            assert_null(ikyo_arena_alloc(arena, sizes[i], alignment));
    }
    assert_int_equal(ikyo_arena_mark(arena), 0);
    assert_non_null(ikyo_arena_alloc(arena, MIB, 1));
    assert_null(ikyo_arena_alloc(arena, 1, 1));
    assert_non_null(ikyo_arena_alloc(arena, 0, 1));
    ikyo_arena_destroy(arena);
}

static void array_of_overflowing_size_is_refused(void **state)
{
    struct ikyo_arena *arena = create(MIB);

    (void)state;
    assert_null(ikyo_arena_alloc_array(arena, SIZE_MAX / 8 + 2, 8, 8));
    assert_null(ikyo_arena_alloc_array(arena, 8, SIZE_MAX / 8 + 2, 8));
    assert_null(ikyo_arena_alloc_array(arena, SIZE_MAX, SIZE_MAX, 1));
    assert_int_equal(ikyo_arena_mark(arena), 0);
    assert_non_null(ikyo_arena_alloc_array(arena, SIZE_MAX, 0, 8));
    assert_non_null(ikyo_arena_alloc_array(arena, 0, SIZE_MAX, 8));
    assert_int_equal(ikyo_arena_mark(arena), 0);
    assert_non_null(ikyo_arena_alloc_array(arena, 100, 12, 4));
    assert_int_equal(ikyo_arena_mark(arena), 1200);
    ikyo_arena_destroy(arena);
}

static void memory_is_committed_in_growing_steps(void **state)
{
    struct ikyo_arena *arena = create(256 * MIB);
    size_t steps = 0, committed = 0, step = 0;

    (void)state;
    while (ikyo_arena_alloc(arena, 4 * KIB, 16) != NULL) {
        size_t now = ikyo_arena_stats(arena).committed;

        if (now == committed)
            continue;
        assert_true(now - committed >= step || now == 256 * MIB);
        assert_true(now - committed <= 16 * MIB);
        step = now - committed;
        committed = now;
        steps++;
    }
    assert_int_equal(committed, 256 * MIB);
    assert_true(steps <= 30);
    ikyo_arena_destroy(arena);
}

static void large_block_commits_no_more_than_it_needs(void **state)
{
    struct ikyo_arena *arena = create(64 * MIB);

    (void)state;
    assert_non_null(ikyo_arena_alloc(arena, 5 * MIB, 16));
    assert_int_equal(ikyo_arena_stats(arena).committed, 5 * MIB);
    ikyo_arena_destroy(arena);
}

static void reset_keeps_a_mib_and_starts_again(void **state)
{
    struct ikyo_arena *arena = create(8 * MIB);
    unsigned char *first = ikyo_arena_alloc(arena, 3 * MIB, 64);

    (void)state;
    assert_non_null(first);
    memset(first, 7, 3 * MIB);
    ikyo_arena_reset(arena);
    assert_int_equal(ikyo_arena_stats(arena).used, 0);
    assert_int_equal(ikyo_arena_stats(arena).committed, MIB);
    assert_int_equal(ikyo_arena_stats(arena).peak, 3 * MIB);
    assert_ptr_equal(ikyo_arena_alloc(arena, 3 * MIB, 64), first);
    for (size_t i = 0; i < 3 * MIB; i += 512)
        assert_int_equal(first[i], i < MIB ? 7 : 0);
    ikyo_arena_reset(arena);
    ikyo_arena_reset(arena);
    assert_int_equal(ikyo_arena_stats(arena).committed, MIB);
    ikyo_arena_destroy(arena);
}

static void trim_gives_back_what_is_in_no_block(void **state)
{
    struct ikyo_arena *arena = create(8 * MIB);
    unsigned char *first = ikyo_arena_alloc(arena, 3 * MIB, 64);
    size_t page = ikyo_vm_page_size();

    (void)state;
    memset(first, 7, 3 * MIB);
    ikyo_arena_trim(arena);
    assert_int_equal(ikyo_arena_stats(arena).committed, 3 * MIB);
    assert_true(ikyo_arena_rewind(arena, page + 1));
    ikyo_arena_trim(arena);
    assert_int_equal(ikyo_arena_stats(arena).used, page + 1);
    assert_int_equal(ikyo_arena_stats(arena).committed, 2 * page);
    assert_int_equal(first[page], 7);
    assert_ptr_equal(ikyo_arena_alloc(arena, 3 * MIB, 1), first + page + 1);
    assert_int_equal(first[2 * page - 1], 7);
    assert_int_equal(first[2 * page], 0);
    ikyo_arena_reset(arena);
    ikyo_arena_trim(arena);
    assert_int_equal(ikyo_arena_stats(arena).committed, 0);
    ikyo_arena_trim(arena);
    assert_ptr_equal(ikyo_arena_alloc(arena, 1, 1), first);
    assert_int_equal(*first, 0);
    ikyo_arena_destroy(arena);
}

static void rewind_ends_what_came_after_the_mark(void **state)
{
    struct ikyo_arena *arena = create(MIB);
    char *kept = ikyo_arena_alloc(arena, 100, 4), *first;
    size_t mark = ikyo_arena_mark(arena), committed;

    (void)state;
    assert_int_equal(mark, 100);
    strcpy(kept, "kept");
    first = ikyo_arena_alloc(arena, 200 * KIB, 16);
    committed = ikyo_arena_stats(arena).committed;
    assert_true(ikyo_arena_rewind(arena, mark));
    assert_int_equal(ikyo_arena_mark(arena), mark);
    assert_int_equal(ikyo_arena_stats(arena).committed, committed);
    assert_ptr_equal(ikyo_arena_alloc(arena, 200 * KIB, 16), first);
    assert_string_equal(kept, "kept");
    assert_true(ikyo_arena_rewind(arena, 0));
    assert_int_equal(ikyo_arena_mark(arena), 0);
    ikyo_arena_destroy(arena);
}

static void rewind_to_a_mark_that_is_gone_is_refused(void **state)
{
    struct ikyo_arena *arena = create(MIB);
    size_t mark;

    (void)state;
    assert_non_null(ikyo_arena_alloc(arena, 1000, 16));
    mark = ikyo_arena_mark(arena);
    assert_true(ikyo_arena_rewind(arena, mark));
    assert_true(ikyo_arena_rewind(arena, 10));
    assert_false(ikyo_arena_rewind(arena, mark));
    assert_false(ikyo_arena_rewind(arena, SIZE_MAX));
    assert_int_equal(ikyo_arena_mark(arena), 10);
    ikyo_arena_reset(arena);
    assert_false(ikyo_arena_rewind(arena, 10));
    ikyo_arena_destroy(arena);
}

static void peak_is_the_most_that_was_used(void **state)
{
    struct ikyo_arena *arena = create(MIB);

    (void)state;
    ikyo_arena_alloc(arena, 500, 1);
    assert_int_equal(ikyo_arena_stats(arena).peak, 500);
    ikyo_arena_rewind(arena, 0);
    ikyo_arena_alloc(arena, 300, 1);
    assert_int_equal(ikyo_arena_stats(arena).used, 300);
    assert_int_equal(ikyo_arena_stats(arena).peak, 500);
    ikyo_arena_reset(arena);
    ikyo_arena_alloc(arena, 700, 1);
    assert_int_equal(ikyo_arena_stats(arena).peak, 700);
    ikyo_arena_destroy(arena);
}

static void allocator_serves_blocks_of_the_arena(void **state)
{
    struct ikyo_arena *arena = create(MIB);
    struct ikyo_allocator allocator = ikyo_arena_allocator(arena);
    char *a = ikyo_allocate(&allocator, 0, 1), *b = ikyo_allocate(&allocator, 0, 1);
    char *c = ikyo_allocate(&allocator, 100, 256);
    size_t used = ikyo_arena_mark(arena);

    (void)state;
    assert_true(a != NULL && b != NULL && c != NULL && a != b);
    assert_int_equal((uintptr_t)c % 256, 0);
    assert_true(used >= 102);
    ikyo_deallocate(&allocator, c, 100);
    ikyo_deallocate(&allocator, NULL, 0);
    assert_int_equal(ikyo_arena_mark(arena), used);
    assert_null(ikyo_allocate(&allocator, 1, 0));
    assert_null(ikyo_allocate(&allocator, 1, 3));
    assert_null(ikyo_allocate(&allocator, 0, 0));
    assert_null(ikyo_allocate(&allocator, MIB, 1));
    assert_null(ikyo_allocate(&allocator, SIZE_MAX, 1));
    ikyo_arena_destroy(arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(create_refuses_sizes_that_cannot_be),
        cmocka_unit_test(create_reserves_whole_pages_and_commits_none),
        cmocka_unit_test(blocks_are_aligned_and_apart),
        cmocka_unit_test(bad_alignment_is_refused),
        cmocka_unit_test(alignment_above_the_address_space_is_refused),
        cmocka_unit_test(size_beyond_the_reservation_is_refused),
        cmocka_unit_test(array_of_overflowing_size_is_refused),
        cmocka_unit_test(memory_is_committed_in_growing_steps),
        cmocka_unit_test(large_block_commits_no_more_than_it_needs),
        cmocka_unit_test(reset_keeps_a_mib_and_starts_again),
        cmocka_unit_test(trim_gives_back_what_is_in_no_block),
        cmocka_unit_test(rewind_ends_what_came_after_the_mark),
        cmocka_unit_test(rewind_to_a_mark_that_is_gone_is_refused),
        cmocka_unit_test(peak_is_the_most_that_was_used),
        cmocka_unit_test(allocator_serves_blocks_of_the_arena),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
