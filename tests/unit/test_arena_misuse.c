// SPDX-License-Identifier: MIT
// What an arena makes of memory that is used when or where it must not be: it faults, as far as
// pages can tell.
#include "ikyoalloc/arena.h"

#include "ikyoalloc/vm.h"

#include "base/option.h"
#include "fault_probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { KIB = 1024, MIB = 1024 * 1024 };

static void use_after_reset_faults_above_what_is_kept(void **state)
{
    struct ikyo_arena *arena = ikyo_arena_create(4 * MIB);
    char *block = ikyo_arena_alloc(arena, 3 * MIB, 16);

    (void)state;
    memset(block, 1, 3 * MIB);
    ikyo_arena_reset(arena);
    assert_false(fault_probe_write(block + MIB));
    assert_false(fault_probe_read(block + 3 * MIB - 1));
    ikyo_arena_destroy(arena);
}

static void use_after_trim_faults(void **state)
{
    struct ikyo_arena *arena = ikyo_arena_create(MIB);
    char *block = ikyo_arena_alloc(arena, 300 * KIB, 16);

    (void)state;
    memset(block, 1, 300 * KIB);
    ikyo_arena_reset(arena);
    ikyo_arena_trim(arena);
    assert_false(fault_probe_write(block));
    assert_false(fault_probe_read(block + 300 * KIB - 1));
    ikyo_arena_destroy(arena);
}

static void use_after_reset_faults_where_misuse_is_looked_for(void **state)
{
    struct ikyo_arena *arena = ikyo_arena_create(MIB);
    char *block = ikyo_arena_alloc(arena, 300 * KIB, 16);

    (void)state;
    memset(block, 1, 300 * KIB);
    options.check = CHECK_HARDENED;
    ikyo_arena_reset(arena);
    options.check = CHECK_FAST;
    assert_false(fault_probe_write(block));
    assert_false(fault_probe_read(block + 300 * KIB - 1));
    ikyo_arena_destroy(arena);
}

static void use_after_destroy_faults(void **state)
{
    struct ikyo_arena *arena = ikyo_arena_create(MIB);
    struct ikyo_shared_arena *shared = ikyo_shared_arena_create(MIB);
    char *block = ikyo_arena_alloc(arena, 100, 16);
    char *shared_block = ikyo_shared_arena_alloc(shared, 100, 16);

    (void)state;
    assert_true(fault_probe_write(block) && fault_probe_write(shared_block));
    ikyo_arena_destroy(arena);
    ikyo_shared_arena_destroy(shared);
    assert_false(fault_probe_read(block));
    assert_false(fault_probe_read(shared_block));
}

static char *kept_of_a_frame;

static void keep_a_block(struct ikyo_frame_arena *frame, void *context)
{
    (void)context;
    kept_of_a_frame = ikyo_frame_arena_alloc(frame, 100, 16);
    assert_true(fault_probe_write(kept_of_a_frame));
}

static void use_after_with_frame_arena_faults(void **state)
{
    (void)state;
    assert_true(ikyo_with_frame_arena(0, keep_a_block, NULL));
    assert_false(fault_probe_read(kept_of_a_frame));
}

static void memory_behind_the_newest_block_faults_soon(void **state)
{
    struct ikyo_arena *arena = ikyo_arena_create(MIB);
    char *block = ikyo_arena_alloc(arena, 64 * KIB, 16);

    (void)state;
    assert_true(fault_probe_write(block + 64 * KIB - 1));
    assert_false(fault_probe_write(block + 64 * KIB));
    ikyo_arena_destroy(arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(use_after_reset_faults_above_what_is_kept),
        cmocka_unit_test(use_after_trim_faults),
        cmocka_unit_test(use_after_reset_faults_where_misuse_is_looked_for),
        cmocka_unit_test(use_after_destroy_faults),
        cmocka_unit_test(use_after_with_frame_arena_faults),
        cmocka_unit_test(memory_behind_the_newest_block_faults_soon),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
