// SPDX-License-Identifier: MIT
// Large blocks that were freed: who uses one is reported, and goes on. The kernel of the tests has
// guards of single pages.
#include "debug/held.h"

#include "core_checked.h"
#include "core_syscall.h"

#include <sys/mman.h>

enum { LARGE = 100000, READERS = 2, STALE = 64, ROUNDS = 20000 };

static char *volatile target; // of an access that is to fault

static char *take_and_give(size_t size)
{
    char *p = take(size);

    memset(p, 7, size);
    free_block(p);
    return p;
}

static void require_facts(const char *p)
{
    require_equal((uintptr_t)found[0].block.start, (uintptr_t)p);
    require(found[0].block.freed);
    require_equal(found[0].now.thread, os_thread_id());
    require(found[0].now.stack != 0);
    require_equal(found[0].block.size_is_known, in_full());
    require(!in_full() || found[0].block.size == LARGE);
    require(found[0].block.size >= LARGE && found[0].block.size < LARGE + 3 * GRANULE);
    require_equal(found[0].block.released.sequence > found[0].block.allocated.sequence, in_full());
}

static void read_after_free_is_reported_once_and_reads_zero(void)
{
    char *p;

    start_checked();
    p = take_and_give(LARGE);
    errno = 77;
    require_equal(((volatile char *)p)[LARGE - 1], 0);
    require_equal(errno, 77);
    require_facts(p);
    require_equal(found[0].call, CALL_READ);
    expect_found(FOUND_USE_AFTER_FREE, p + LARGE - 1);
    require_equal(((volatile char *)p)[0], 0);
    expect_nothing_found();
    free_block(p);
    expect_found(FOUND_DOUBLE_FREE, p);
}

static void write_after_free_is_reported_and_is_gone_in_the_next_block(void)
{
    char *p, *q;

    start_checked();
    p = take_and_give(LARGE);
    ((volatile char *)p)[5] = 5;
    require_equal(found[0].call, CALL_WRITE);
    expect_found(FOUND_USE_AFTER_FREE, p + 5);
    require_equal(((volatile char *)p)[5], 5);
    checked_flush();
    q = alloc_zeroed(LARGE);
    require_equal((uintptr_t)q, (uintptr_t)p);
    require(core_reads_only(q, LARGE, 0));
    expect_nothing_found();
}

static void each_block_is_reported_by_its_own_name(void)
{
    char *p[4];

    start_checked();
    for (int i = 0; i < 4; i++)
        p[i] = take(LARGE + (size_t)i * 50000);
    for (int i = 0; i < 4; i++)
        free_block(p[i]);
    for (int i = 4; i-- > 0;) {
        (void)*(volatile char *)(p[i] + LARGE / 2);
        require_equal((uintptr_t)found[0].block.start, (uintptr_t)p[i]);
        expect_found(FOUND_USE_AFTER_FREE, p[i] + LARGE / 2);
    }
}

static void block_after_the_hold_is_used_in_peace(void)
{
    char *p;

    start_checked();
    for (int i = 0; i < 100; i++) {
        p = take(LARGE + (size_t)i);
        memset(p, i, LARGE);
        free_block(p);
    }
    expect_nothing_found();
}

static void end_by_jump_into_freed_block(void)
{
    start_checked();
    target = take_and_give(LARGE);
    ((void (*)(void))(uintptr_t)target)();
}

// As in the example of mprotect(2); the hook is there.
static void end_by_write_to_block_that_was_made_readonly(void)
{
    start_checked();
    take_and_give(LARGE);
    checked_flush();
    target = checked_alloc(LARGE, os_page_size(), false, CALL_ALIGNED);
    require(mprotect(target, os_page_size(), PROT_READ) == 0);
    *target = 1;
}

static void fault_that_opening_a_block_does_not_help_ends_the_program(void **state)
{
    static void (*const bodies[])(void) = {end_by_jump_into_freed_block,
                                           end_by_write_to_block_that_was_made_readonly};

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct child child = core_child(bodies[i]);

        assert_string_equal(child.text, "");
        assert_int_equal(child.signal, SIGSEGV);
    }
}

static char *volatile stale[STALE];
static _Atomic(bool) stop;

static void *read_stale(void *arg)
{
    while (!atomic_load(&stop))
        for (int i = 0; i < STALE; i++)
            if (stale[i] != NULL)
                (void)*(volatile char *)stale[i];
    return arg;
}

static void access_goes_on_where_the_hold_ends_meanwhile(void)
{
    pthread_t readers[READERS];

    setenv("IKYO_QUARANTINE", "4k", 1);
    start_checked();
    core_start_threads(readers, READERS, read_stale);
    for (int i = 0; i < ROUNDS; i++)
        free_block(stale[i % STALE] = take(LARGE));
    atomic_store(&stop, true);
    core_join_threads(readers, READERS);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        in_both(read_after_free_is_reported_once_and_reads_zero),
        in_both(write_after_free_is_reported_and_is_gone_in_the_next_block),
        in_both(each_block_is_reported_by_its_own_name),
        in_both(block_after_the_hold_is_used_in_peace),
        cmocka_unit_test(fault_that_opening_a_block_does_not_help_ends_the_program),
        in_both(access_goes_on_where_the_hold_ends_meanwhile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
