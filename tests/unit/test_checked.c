// SPDX-License-Identifier: MIT
// Correct use of blocks in the checked modes: what they read, their sizes and alignments, how long
// they are held back, and what happens without memory. Nothing is found.
#include "core_checked.h"

#include "base/lock.h"
#include "checked_give.h"
#include "vm/extent.h"

#include "core_syscall.h"
#include "fault_probe.h"

enum { HELD = 200, STEPS = 20000 };


static size_t used(void)
{
    size_t granules;

    lock_take(LOCK_EXTENT);
    extent_check();
    granules = extent_totals.used;
    lock_give(LOCK_EXTENT);
    return granules << GRANULE_SHIFT;
}

static void new_block_reads_as_the_mode_says_and_has_the_size_asked_for(void)
{
    start_checked();
    for (size_t i = 0; i < SIZES; i++)
        for (int round = 0; round < 3; round++) {
            char *p = take(sizes[i]);

            require(core_reads_only(p, sizes[i], byte_of_new()));
            require_equal(alloc_usable_size(p), sizes[i]);
            memset(p, 'x', sizes[i]);
            free_block(p);
            p = alloc_zeroed(sizes[i]);
            require(p != NULL && core_reads_only(p, sizes[i], 0));
            memset(p, 'x', sizes[i]);
            free_block(p);
        }
    expect_nothing_found();
}

static void every_small_size_may_be_written_to_its_end(void)
{
    start_checked();
    for (size_t size = 0; size <= BIN_MAX; size += size < 2000 ? 1 : 97) {
        char *p = take(size), *q = take(size);

        memset(p, 'p', size);
        memset(q, 'q', size);
        require(core_reads_only(p, size, 'p') && core_reads_only(q, size, 'q'));
        free_block(p);
        free_block(q);
    }
    require_equal(checked_look_at_all(CALL_CHECK_HEAP), 0);
    checked_flush();
    expect_nothing_found();
}

static void freed_block_is_overwritten_and_not_reused_soon(void)
{
    char *p;

    start_checked();
    p = take(100);
    memset(p, 'x', 100);
    free_block(p);
    require(core_reads_only(p, 100, byte_of_freed()));
    for (int i = 0; i < 100; i++)
        require(alloc_block(100) != p);
    expect_nothing_found();
}

// A block that comes out of the quarantine goes out again some time.
static void freed_block_is_reused_in_the_end(void)
{
    char *p;
    int rounds = 0;

    start_checked();
    p = take(8000);
    free_block(p);
    for (char *q = take(8000); q != p; q = take(8000)) {
        free_block(q);
        require(++rounds < 100000);
    }
    require(core_reads_only(p, 8000, byte_of_new()));
    expect_nothing_found();
}

static void flush_ends_the_quarantine_of_the_thread(void)
{
    void *p[HELD];
    bool again = false;

    start_checked();
    for (int i = 0; i < HELD; i++)
        p[i] = take(500);
    for (int i = 0; i < HELD; i++)
        free_block(p[i]);
    checked_flush();
    for (int i = 0; i < HELD; i++) {
        void *q = take(500);

        for (int j = 0; j < HELD; j++)
            again = again || q == p[j];
    }
    require(again);
    expect_nothing_found();
}

static void held_runs_are_let_go_in_time(void)
{
    start_checked();
    for (int i = 0; i < 3000; i++) {
        char *p = take(200000);

        p[0] = p[199999] = 1;
        free_block(p);
    }
    require(used() < 300 * MIB);
    checked_flush();
    require(used() < 16 * MIB);
    expect_nothing_found();
}

// The kernel of the tests has guards of single pages; where it has not, see the next.
static void held_run_faults(void)
{
    char *p;

    start_checked();
    p = take(100000);
    free_block(p);
    require(!fault_probe_write(p));
    require(!fault_probe_write(p + 99999));
    expect_nothing_found();
}

static void run_without_kernel_guards_is_overwritten_in_full(void)
{
    char *p;

    start_checked();
    atomic_store(&core_failing.number, SYS_madvise);
    atomic_store(&core_failing.all, true);
    p = take(100000);
    memset(p, 'x', 100000);
    free_block(p);
    if (in_full())
        require(core_reads_only(p, 100000, byte_of_freed()));
    checked_flush();
    p = take(100000);
    require(core_reads_only(p, 100000, byte_of_new()));
    expect_nothing_found();
}

static void aligned_blocks_lie_as_asked_and_may_be_told_so(void)
{
    start_checked();
    for (size_t alignment = 16; alignment <= 8 * CHUNK; alignment *= 2)
        for (size_t i = 0; i < SIZES; i += 3) {
            char *p = alloc_aligned(alignment, sizes[i], CALL_ALIGNED);

            require(p != NULL);
            require_equal((uintptr_t)p & (alignment - 1), 0);
            require_equal(alloc_usable_size(p), sizes[i]);
            memset(p, 'x', sizes[i]);
            checked_free_told(p, sizes[i], alignment, CALL_FREE_ALIGNED_SIZED);
        }
    expect_nothing_found();
}

static void families_and_sizes_that_match_are_no_finding(void)
{
    start_checked();
    checked_free_told(alloc_block_for(100, CALL_NEW), 100, 0, CALL_DELETE);
    checked_free_told(alloc_block_for(100, CALL_NEW_ARRAY), 0, 0, CALL_DELETE_ARRAY);
    checked_free_told(alloc_aligned(64, 100, CALL_NEW), 100, 64, CALL_DELETE);
    checked_free_told(take(100), 100, 0, CALL_FREE_SIZED);
    checked_free_told(alloc_zeroed(0), 0, 0, CALL_FREE_SIZED);
    free_block(alloc_aligned(4096, 100, CALL_ALIGNED));
    checked_free_told(NULL, 100, 0, CALL_FREE_SIZED);
    expect_nothing_found();
}

static void errno_is_kept_unless_there_is_no_memory(void)
{
    start_checked();
    for (size_t i = 0; i < SIZES; i++) {
        void *p;

        errno = 77;
        p = alloc_block(sizes[i]);
        require_equal(errno, 77);
        p = alloc_resize(p, sizes[i] + 1);
        require_equal(errno, 77);
        free_block(p);
        require_equal(errno, 77);
    }
    checked_flush();
    require_equal(errno, 77);
    require(alloc_block(SIZE_MAX) == NULL && errno == ENOMEM);
    errno = 0;
    require(alloc_zeroed(SIZE_MAX / 2) == NULL && errno == ENOMEM);
    errno = 0;
    require(alloc_aligned(64, SIZE_MAX - 100, CALL_ALIGNED) == NULL && errno == ENOMEM);
    expect_nothing_found();
}

static void perturb_leaves_the_bytes_to_the_mode(void)
{
    setenv("IKYO_PERTURB", "90", 1);
    start_checked();
    for (size_t i = 0; i < SIZES; i++) {
        char *p = take(sizes[i]);

        require(core_reads_only(p, sizes[i], byte_of_new()));
        free_block(p);
    }
    checked_flush();
    expect_nothing_found();
}

static void random_use_finds_nothing(void)
{
    struct core_random r = core_random_start();
    char *held[HELD] = {NULL};
    size_t size[HELD];

    start_checked();
    for (int step = 0; step < STEPS; step++) {
        size_t i = core_random_below(&r, HELD);
        size_t next = core_random_below(&r, (size_t)16 << core_random_below(&r, 14));

        require(held[i] == NULL || core_reads_only(held[i], size[i], (char)i));
        if (held[i] != NULL && core_random_below(&r, 2) == 0) {
            free_block(held[i]);
            held[i] = NULL;
            continue;
        }
        held[i] = alloc_resize(held[i], next + 1);
        size[i] = next + 1;
        require(held[i] != NULL);
        memset(held[i], (int)i, size[i]);
    }
    require_equal(checked_look_at_all(CALL_CHECK_HEAP), 0);
    expect_nothing_found();
}

static int failing_at;

// One call for memory fails; what is asked for then is there or is not, and all else is as ever.
static void work_while_one_request_fails(void)
{
    char *held[SIZES];

    start_checked();
    atomic_store(&core_failing.countdown, failing_at);
    for (size_t i = 0; i < SIZES; i++) {
        errno = 0;
        held[i] = alloc_block(sizes[i]);
        require(held[i] != NULL || errno == ENOMEM);
        if (held[i] != NULL)
            memset(held[i], 'a', sizes[i]);
    }
    for (size_t i = 0; i < SIZES; i++) {
        char *q = held[i] != NULL ? alloc_resize(held[i], sizes[i] + 5000) : NULL;

        held[i] = q != NULL ? q : held[i];
        require(held[i] == NULL || core_reads_only(held[i], sizes[i], 'a'));
        free_block(held[i]);
    }
    checked_flush();
    require_equal(checked_look_at_all(CALL_CHECK_HEAP), 0);
    expect_nothing_found();
    if (atomic_load(&core_failed) == 0)
        _exit(7);
}

static void one_failed_request_at_every_step_does_no_harm(void **state)
{
    struct child child;

    for (int full = 0; full < 2; full++) {
        checked_in = full ? "full" : "hardened";
        failing_at = 0;
        do {
            failing_at++;
            child = core_child(work_while_one_request_fails);
            assert_string_equal(child.text, "");
            assert_int_equal(child.signal, 0);
        } while (child.status == 0);
        assert_int_equal(child.status, 7);
        assert_in_range(failing_at, 10, 1000);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_both(new_block_reads_as_the_mode_says_and_has_the_size_asked_for),
        in_both(every_small_size_may_be_written_to_its_end),
        in_both(freed_block_is_overwritten_and_not_reused_soon),
        in_both(freed_block_is_reused_in_the_end),
        in_both(flush_ends_the_quarantine_of_the_thread),
        in_both(held_runs_are_let_go_in_time),
        in_both(held_run_faults),
        in_both(run_without_kernel_guards_is_overwritten_in_full),
        in_both(aligned_blocks_lie_as_asked_and_may_be_told_so),
        in_both(families_and_sizes_that_match_are_no_finding),
        in_both(errno_is_kept_unless_there_is_no_memory),
        in_both(perturb_leaves_the_bytes_to_the_mode),
        in_both(random_use_finds_nothing),
        cmocka_unit_test(one_failed_request_at_every_step_does_no_harm),
    };

    return cmocka_run_group_tests_name("checked", tests, NULL, NULL);
}
