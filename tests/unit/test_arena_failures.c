// SPDX-License-Identifier: MIT
// Arenas when the system says no: they answer NULL or false, are as before, and go on once there
// is memory again. And how often they ask the system at all.
#include "ikyoalloc/arena.h"

#include "syscall_stand_in.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

enum { KIB = 1024, MIB = 1024 * 1024 };

static size_t commit_max = SIZE_MAX; // bytes that one call may make usable
static bool no_memory;               // no call gives or takes any
static bool no_address_space;        // of a MiB and more
static bool no_release;              // of address space
static int calls;                    // of the system

static bool is_refused(long number, const long a[6])
{
    if (number == SYS_mprotect)
        return no_memory || (size_t)a[1] > commit_max;
    if (number == SYS_munmap)
        return no_release;
    if (number == SYSCALL_MAP)
        return (no_memory && (a[3] & MAP_FIXED) != 0) || (no_address_space && a[1] >= MIB);
    return false;
}

// Stands in for libc's function, through which src/vm asks for everything.
long syscall(long number, ...)
{
    long a[6];
    va_list list;

    va_start(list, number);
    syscall_arguments(number, list, a);
    va_end(list);
    calls++;
    if (is_refused(number, a)) {
        errno = ENOMEM;
        return -1;
    }
    return syscall_real(number, a);
}

static int give_in(void **state)
{
    (void)state;
    commit_max = SIZE_MAX;
    no_memory = no_address_space = no_release = false;
    return 0;
}

static void create_without_address_space_returns_null(void **state)
{
    (void)state;
    ikyo_arena_destroy(ikyo_arena_create(MIB)); // after this malloc has what it needs
    no_address_space = true;
    assert_null(ikyo_arena_create(MIB));
    assert_null(ikyo_frame_arena_create(MIB));
    assert_null(ikyo_shared_arena_create(MIB));
}

static bool is_resident(const char *page)
{
    unsigned char resident;

    assert_int_equal(mincore((void *)(uintptr_t)page, 1, &resident), 0);
    return resident & 1;
}

// As where the process has all the mappings that it may have.
static void destroy_that_cannot_unmap_gives_the_memory_back(void **state)
{
    struct ikyo_arena *arena = ikyo_arena_create(4 * MIB);
    struct ikyo_shared_arena *shared = ikyo_shared_arena_create(4 * MIB);
    char *block = ikyo_arena_alloc(arena, 3 * MIB, 16);
    char *other = ikyo_shared_arena_alloc(shared, 3 * MIB, 16);

    (void)state;
    memset(block, 1, 3 * MIB);
    memset(other, 1, 3 * MIB);
    assert_true(is_resident(block) && is_resident(other));
    no_release = true;
    ikyo_arena_destroy(arena);
    ikyo_shared_arena_destroy(shared);
    assert_false(is_resident(block));
    assert_false(is_resident(other));
    no_release = false;
    assert_int_equal(munmap(block, 4 * MIB), 0);
    assert_int_equal(munmap(other, 4 * MIB), 0);
}

static void count_run(struct ikyo_frame_arena *frame, void *count)
{
    assert_non_null(ikyo_frame_arena_alloc(frame, 100, 8));
    ++*(int *)count;
}

static void with_frame_arena_without_address_space_runs_nothing(void **state)
{
    int count = 0;

    (void)state;
    assert_true(ikyo_with_frame_arena(MIB, count_run, &count));
    no_address_space = true;
    assert_false(ikyo_with_frame_arena(MIB, count_run, &count));
    assert_false(ikyo_with_frame_arena(0, count_run, &count));
    assert_int_equal(count, 1);
}

static void step_that_is_refused_is_made_as_small_as_can_be(void **state)
{
    struct ikyo_arena *arena = ikyo_arena_create(4 * MIB);

    (void)state;
    assert_non_null(ikyo_arena_alloc(arena, MIB, 16));
    commit_max = 64 * KIB;
    assert_non_null(ikyo_arena_alloc(arena, 20 * KIB, 16));
    assert_true(ikyo_arena_stats(arena).committed <= MIB + 64 * KIB);
    ikyo_arena_destroy(arena);
}

static void arena_is_usable_after_a_commit_failed(void **state)
{
    struct ikyo_arena *arena = ikyo_arena_create(4 * MIB);
    unsigned char *kept = ikyo_arena_alloc(arena, 60 * KIB, 16);
    struct ikyo_arena_figures before = ikyo_arena_stats(arena), after;

    (void)state;
    assert_non_null(kept);
    memset(kept, 9, 60 * KIB);
    no_memory = true;
    assert_null(ikyo_arena_alloc(arena, 100 * KIB, 16));
    after = ikyo_arena_stats(arena);
    assert_memory_equal(&before, &after, sizeof(before));
    assert_non_null(ikyo_arena_alloc(arena, 1 * KIB, 16));
    no_memory = false;
    assert_non_null(memset(ikyo_arena_alloc(arena, 100 * KIB, 16), 1, 100 * KIB));
    for (size_t i = 0; i < 60 * KIB; i++)
        assert_int_equal(kept[i], 9);
    ikyo_arena_destroy(arena);
}

static void shared_arena_is_usable_after_a_commit_failed(void **state)
{
    struct ikyo_shared_arena *arena = ikyo_shared_arena_create(4 * MIB);

    (void)state;
    assert_non_null(ikyo_shared_arena_alloc(arena, 60 * KIB, 16));
    no_memory = true;
    assert_null(ikyo_shared_arena_alloc(arena, 100 * KIB, 16));
    assert_int_equal(ikyo_shared_arena_stats(arena).used, 60 * KIB);
    assert_int_equal(ikyo_shared_arena_stats(arena).committed, 64 * KIB);
    no_memory = false;
    assert_non_null(memset(ikyo_shared_arena_alloc(arena, 100 * KIB, 16), 1, 100 * KIB));
    ikyo_shared_arena_destroy(arena);
}

static void reset_that_gives_nothing_back_ends_all_blocks(void **state)
{
    struct ikyo_arena *arena = ikyo_arena_create(4 * MIB);
    char *first = ikyo_arena_alloc(arena, 3 * MIB, 16);

    (void)state;
    memset(first, 1, 3 * MIB);
    no_memory = true;
    ikyo_arena_reset(arena);
    ikyo_arena_trim(arena);
    assert_int_equal(ikyo_arena_stats(arena).used, 0);
    assert_int_equal(ikyo_arena_stats(arena).committed, 3 * MIB);
    assert_ptr_equal(ikyo_arena_alloc(arena, 3 * MIB, 16), first);
    memset(first, 2, 3 * MIB);
    no_memory = false;
    ikyo_arena_reset(arena);
    assert_int_equal(ikyo_arena_stats(arena).committed, MIB);
    ikyo_arena_trim(arena);
    assert_int_equal(ikyo_arena_stats(arena).committed, 0);
    ikyo_arena_destroy(arena);
}

static void reset_of_what_it_keeps_asks_the_system_nothing(void **state)
{
    struct ikyo_arena *arena = ikyo_arena_create(64 * MIB);
    int before = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        if (i == 1)
            before = calls;
        for (int n = 0; n < 1024; n++)
            assert_non_null(ikyo_arena_alloc(arena, KIB, 16));
        ikyo_arena_reset(arena);
    }
    assert_int_equal(calls, before);
    ikyo_arena_destroy(arena);
}

static void small_blocks_ask_the_system_seldom(void **state)
{
    struct ikyo_arena *arena = ikyo_arena_create(64 * MIB);
    int before = calls;

    (void)state;
    while (ikyo_arena_alloc(arena, 64, 16) != NULL)
        ;
    assert_int_equal(ikyo_arena_mark(arena), 64 * MIB);
    assert_true(calls > before && calls <= before + 16);
    ikyo_arena_destroy(arena);
}

static void frames_alike_ask_the_system_nothing(void **state)
{
    struct ikyo_frame_arena *frame = ikyo_frame_arena_create(64 * MIB);
    int before = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        if (i == 1)
            before = calls;
        for (int n = 0; n < 1024; n++)
            assert_non_null(ikyo_frame_arena_alloc(frame, KIB, 16));
        ikyo_frame_arena_end(frame);
    }
    assert_int_equal(calls, before);
    ikyo_frame_arena_destroy(frame);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(create_without_address_space_returns_null, give_in),
        cmocka_unit_test_teardown(destroy_that_cannot_unmap_gives_the_memory_back, give_in),
        cmocka_unit_test_teardown(with_frame_arena_without_address_space_runs_nothing, give_in),
        cmocka_unit_test_teardown(step_that_is_refused_is_made_as_small_as_can_be, give_in),
        cmocka_unit_test_teardown(arena_is_usable_after_a_commit_failed, give_in),
        cmocka_unit_test_teardown(shared_arena_is_usable_after_a_commit_failed, give_in),
        cmocka_unit_test_teardown(reset_that_gives_nothing_back_ends_all_blocks, give_in),
        cmocka_unit_test(reset_of_what_it_keeps_asks_the_system_nothing),
        cmocka_unit_test(small_blocks_ask_the_system_seldom),
        cmocka_unit_test(frames_alike_ask_the_system_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
