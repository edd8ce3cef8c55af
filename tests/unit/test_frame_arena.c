// SPDX-License-Identifier: MIT
// Frame arenas: what a frame leaves to the next one, and what becomes of memory that frames do
// not need any more.
#include "ikyoalloc/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

enum { KIB = 1024, MIB = 1024 * 1024 };

static struct ikyo_frame_arena *create(size_t reserve)
{
    struct ikyo_frame_arena *frame = ikyo_frame_arena_create(reserve);

    assert_non_null(frame);
    return frame;
}

static void *one_frame(struct ikyo_frame_arena *frame, size_t size)
{
    void *block = ikyo_frame_arena_alloc(frame, size, 16);

    assert_non_null(block);
    ikyo_frame_arena_end(frame);
    return block;
}

static size_t committed(const struct ikyo_frame_arena *frame)
{
    return ikyo_arena_stats(&frame->arena).committed;
}

static void create_refuses_sizes_that_cannot_be(void **state)
{
    (void)state;
    assert_null(ikyo_frame_arena_create(0));
    assert_null(ikyo_frame_arena_create(SIZE_MAX));
    ikyo_frame_arena_destroy(NULL);
}

static void alloc_refuses_what_an_arena_refuses(void **state)
{
    struct ikyo_frame_arena *frame = create(MIB);

    (void)state;
    assert_null(ikyo_frame_arena_alloc(frame, 1, 0));
    assert_null(ikyo_frame_arena_alloc(frame, 1, 3));
    assert_null(ikyo_frame_arena_alloc(frame, MIB + 1, 1));
    assert_null(ikyo_frame_arena_alloc(frame, SIZE_MAX, 16));
    assert_non_null(ikyo_frame_arena_alloc(frame, MIB, 1));
    ikyo_frame_arena_destroy(frame);
}

static void end_gives_the_next_frame_the_same_pages(void **state)
{
    struct ikyo_frame_arena *frame = create(64 * MIB);
    unsigned char *first = ikyo_frame_arena_alloc(frame, MIB, 16);

    (void)state;
    memset(first, 42, MIB);
    ikyo_frame_arena_end(frame);
    assert_int_equal(ikyo_arena_stats(&frame->arena).used, 0);
    assert_int_equal(ikyo_arena_stats(&frame->arena).peak, MIB);
    assert_ptr_equal(ikyo_frame_arena_alloc(frame, MIB, 16), first);
    for (size_t i = 0; i < MIB; i += 64)
        assert_int_equal(first[i], 42);
    ikyo_frame_arena_destroy(frame);
}

static void frames_alike_cause_no_page_faults(void **state)
{
    struct ikyo_frame_arena *frame = create(64 * MIB);
    struct rusage before = {0}, after;

    (void)state;
    for (int i = 0; i < 200; i++) {
        if (i == 1)
            getrusage(RUSAGE_SELF, &before);
        memset(ikyo_frame_arena_alloc(frame, MIB, 16), i, MIB);
        ikyo_frame_arena_end(frame);
    }
    getrusage(RUSAGE_SELF, &after);
    assert_true(after.ru_minflt - before.ru_minflt < 64);
    ikyo_frame_arena_destroy(frame);
}

static void memory_of_a_large_frame_goes_back_by_and_by(void **state)
{
    struct ikyo_frame_arena *frame = create(64 * MIB);
    size_t last, times = 0;

    (void)state;
    one_frame(frame, 32 * MIB);
    last = committed(frame);
    assert_true(last >= 32 * MIB);
    for (int i = 0; i < 600; i++) {
        one_frame(frame, 128 * KIB);
        assert_true(committed(frame) <= last);
        times += committed(frame) < last;
        last = committed(frame);
        assert_true(i >= 40 || last >= 32 * MIB);
    }
    assert_true(last >= 128 * KIB && last <= 256 * KIB);
    assert_true(times >= 4 && times <= 10);
    ikyo_frame_arena_destroy(frame);
}

static void large_frame_now_and_then_finds_its_memory(void **state)
{
    struct ikyo_frame_arena *frame = create(64 * MIB);

    (void)state;
    one_frame(frame, 20 * MIB);
    for (int i = 1; i < 300; i++) {
        one_frame(frame, i % 30 == 0 ? 20 * MIB : 10 * KIB);
        assert_true(committed(frame) >= 20 * MIB);
    }
    ikyo_frame_arena_destroy(frame);
}

static void idle_frames_keep_next_to_nothing(void **state)
{
    struct ikyo_frame_arena *frame = create(64 * MIB);

    (void)state;
    one_frame(frame, 16 * MIB);
    for (int i = 0; i < 1000; i++)
        ikyo_frame_arena_end(frame);
    assert_true(committed(frame) <= 64 * KIB);
    one_frame(frame, 16 * MIB);
    ikyo_frame_arena_destroy(frame);
}

static void frame_above_the_bound_keeps_no_more_than_the_bound(void **state)
{
    struct ikyo_frame_arena *frame = create(256 * MIB);

    (void)state;
    for (int i = 0; i < 5; i++) {
        char *block = ikyo_frame_arena_alloc(frame, 200 * MIB, 16);

        assert_non_null(block);
        block[0] = block[200 * MIB - 1] = 1;
        ikyo_frame_arena_end(frame);
        assert_int_equal(committed(frame), 64 * MIB);
    }
    ikyo_frame_arena_destroy(frame);
}

static void note_the_frame(struct ikyo_frame_arena *frame, void *context)
{
    *(struct ikyo_arena_figures *)context = ikyo_arena_stats(&frame->arena);
    assert_non_null(ikyo_frame_arena_alloc(frame, 1000, 16));
    ikyo_frame_arena_end(frame);
    assert_non_null(ikyo_frame_arena_alloc(frame, 1000, 16));
}

static void with_frame_arena_reserves_as_it_is_told(void **state)
{
    struct ikyo_arena_figures stats;

    (void)state;
    assert_true(ikyo_with_frame_arena(MIB, note_the_frame, &stats));
    assert_int_equal(stats.reserved, MIB);
    assert_true(ikyo_with_frame_arena(0, note_the_frame, &stats));
    assert_int_equal(stats.reserved, 64 * MIB);
    assert_int_equal(stats.committed, 0);
    memset(&stats, 0, sizeof(stats));
    assert_false(ikyo_with_frame_arena(SIZE_MAX, note_the_frame, &stats));
    assert_int_equal(stats.reserved, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(create_refuses_sizes_that_cannot_be),
        cmocka_unit_test(alloc_refuses_what_an_arena_refuses),
        cmocka_unit_test(end_gives_the_next_frame_the_same_pages),
        cmocka_unit_test(frames_alike_cause_no_page_faults),
        cmocka_unit_test(memory_of_a_large_frame_goes_back_by_and_by),
        cmocka_unit_test(large_frame_now_and_then_finds_its_memory),
        cmocka_unit_test(idle_frames_keep_next_to_nothing),
        cmocka_unit_test(frame_above_the_bound_keeps_no_more_than_the_bound),
        cmocka_unit_test(with_frame_arena_reserves_as_it_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
