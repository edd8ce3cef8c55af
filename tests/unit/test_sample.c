// SPDX-License-Identifier: MIT
// Sampled blocks: where they lie, what is found when they are misused, and what follows.
#include "debug/sample.h"

#include "debug/finding.h"
#include "debug/stack.h"
#include "vm/charge.h"

#include "core.h"
#include "core_syscall.h"
#include "sample_faults.h"

#include <sys/mman.h>

enum { DRAWS = 1000000 };

static void start(void)
{
    core_start_pages(os_page_size());
}

static void start_warned(void)
{
    start();
    options.on_error = ON_ERROR_WARN;
}

static char *take(size_t size)
{
    char *p = sample_alloc(size, 1, CALL_MALLOC, NULL);

    require(p != NULL && sample_owns(p));
    return p;
}

static void give(char *p)
{
    require(sample_free(p, CALL_FREE, NULL));
    require_equal(found_count, 0);
}

static size_t in_page(const char *p)
{
    return (uintptr_t)p & (vm_page_size() - 1);
}

// A block at the start of its page, or one at the end.
static char *take_left(size_t size)
{
    char *p = take(size);

    return in_page(p) == 0 ? p : take_left(size);
}

static char *take_right(size_t size)
{
    char *p = take(size);

    return in_page(p) != 0 ? p : take_right(size);
}

static size_t count_draws(size_t sample, uint64_t handed)
{
    size_t count = 0;

    options.sample = sample;
    for (int i = 0; i < DRAWS; i++)
        count += sample_wants(handed);
    return count;
}

// Within five standard deviations.
static void draw_is_true_once_in_so_many_blocks(void)
{
    size_t one = count_draws(100, 1), ten = count_draws(100, 10);

    require(one > 10000 - 500 && one < 10000 + 500);
    require(ten > 100000 - 1500 && ten < 100000 + 1500);
    require_equal(count_draws(100, 100), DRAWS);
    require_equal(count_draws(100, 12345), DRAWS);
    require_equal(count_draws(1, 1), DRAWS);
    require_equal(count_draws(0, 100), 0);
    require_equal(count_draws(100, 0), 0);
}

static void nothing_is_owned_before_the_first_block(void)
{
    int local;
    char *p;

    start();
    require(!sample_owns(NULL) && !sample_owns(&local) && !sample_owns((void *)UINTPTR_MAX));
    p = take(10);
    require(sample_owns(p + 9) && sample_owns(p + vm_page_size()));
    require(!sample_owns(NULL) && !sample_owns(&local));
}

static void try_sizes_on(size_t alignment)
{
    size_t page = vm_page_size();

    for (size_t size = 0; size <= page; size += size < 70 ? 1 : 61) {
        size_t natural = size < 16 ? 8 : 16;
        size_t step = alignment > natural ? alignment : natural;
        char *p = sample_alloc(size, alignment, CALL_MALLOC, NULL);
        size_t left;

        require(p != NULL);
        require_equal((uintptr_t)p % step, 0);
        left = page - in_page(p);
        require(in_page(p) == 0 || (left >= size && left - size <= (size == 0 ? step : step - 1)));
        require(core_reads_only(p, size, 0));
        memset(p, 7, size);
        give(p);
    }
}

static void blocks_of_any_size_read_zero_beside_a_guard(void)
{
    start();
    for (size_t alignment = 1; alignment <= vm_page_size(); alignment *= 2)
        try_sizes_on(alignment);
}

static void blocks_lie_on_large_pages_too(void)
{
    core_start_pages(16 * os_page_size());
    try_sizes_on(1);
    try_sizes_on(vm_page_size());
}

static void both_ends_of_the_page_are_chosen(void)
{
    int left = 0;

    start();
    for (int i = 0; i < 100; i++) {
        char *p = take(100);

        left += in_page(p) == 0;
        give(p);
    }
    require(left > 20 && left < 80);
}

static void more_than_a_page_is_not_sampled(void)
{
    start();
    require(sample_alloc(vm_page_size() + 1, 1, CALL_MALLOC, NULL) == NULL);
    require(sample_alloc(SIZE_MAX, 1, CALL_MALLOC, NULL) == NULL);
    require(sample_alloc(1, 2 * vm_page_size(), CALL_MALLOC, NULL) == NULL);
    give(take(vm_page_size()));
}

static void slots_run_out_and_come_back(void)
{
    char *blocks[SAMPLE_SLOTS], *p;

    start();
    for (size_t i = 0; i < SAMPLE_SLOTS; i++)
        blocks[i] = take(100);
    require(sample_alloc(1, 1, CALL_MALLOC, NULL) == NULL);
    give(blocks[77]);
    p = take(100);
    require_equal(guarded_page_of(p), guarded_page_of(blocks[77]));
    require(sample_alloc(1, 1, CALL_MALLOC, NULL) == NULL);
}

static void block_freed_longest_ago_is_used_again_first(void)
{
    size_t pages[SAMPLE_SLOTS];
    char *p, *q;

    start();
    for (size_t i = 0; i < SAMPLE_SLOTS; i += 2) {
        p = take(i);
        q = take(i);
        pages[i] = guarded_page_of(q);
        pages[i + 1] = guarded_page_of(p);
        give(q);
        give(p);
    }
    for (size_t i = 0; i < SAMPLE_SLOTS; i++)
        require_equal(guarded_page_of(take(9)), pages[i]);
}

static void only_live_blocks_are_charged(void)
{
    struct charge_totals totals;
    char *p, *q;

    start();
    p = take(100);
    q = take(5);
    charge_totals_get(&totals);
    require_equal(totals.committed[CHARGE_METADATA], 2 * vm_page_size());
    give(p);
    give(q);
    charge_totals_get(&totals);
    require_equal(totals.committed[CHARGE_METADATA], 0);
}

static int refused_call;

static void sample_with_refused_call(void)
{
    char *p;

    start();
    atomic_store(&core_failing.countdown, refused_call);
    p = sample_alloc(100, 1, CALL_MALLOC, NULL);
    if (p == NULL)
        p = take(100);
    give(p);
    require(atomic_load(&core_failed) == 1 || refused_call > 5);
    p = take(100);
    memset(p, 1, 100);
    give(p);
}

static void refused_memory_is_no_block_or_a_block_that_works(void **state)
{
    (void)state;
    for (refused_call = 1; refused_call <= 6; refused_call++) {
        struct child child = core_child(sample_with_refused_call);

        assert_string_equal(child.text, "");
        assert_int_equal(child.status, 0);
    }
}

// ---- given back wrongly ----

static void expect(enum finding_kind kind, enum call call, const void *pointer)
{
    require_equal(found_count, 1);
    require_equal(found[0].kind, kind);
    require_equal(found[0].call, call);
    require(found[0].pointer == pointer);
    require_equal(found[0].now.thread, os_thread_id());
    found_count = 0;
}

static void second_free_is_reported_with_both_stacks(void)
{
    int taken, freed, again;
    char *p;

    start_warned();
    p = sample_alloc(33, 1, CALL_MALLOC, &taken);
    require(sample_free(p, CALL_FREE, &freed));
    require(!sample_free(p, CALL_REALLOC, &again));
    require_equal(found[0].now.stack, stack_capture(&again));
    require_equal(found[0].now.sequence, 3);
    require(found[0].block.start == p && found[0].block.freed);
    require(found[0].block.size == 33 && found[0].block.size_is_known);
    require_equal(found[0].block.allocated.stack, stack_capture(&taken));
    require_equal(found[0].block.allocated.thread, os_thread_id());
    require_equal(found[0].block.allocated.sequence, 1);
    require_equal(found[0].block.released.stack, stack_capture(&freed));
    require_equal(found[0].block.released.sequence, 2);
    expect(FOUND_DOUBLE_FREE, CALL_REALLOC, p);
}

static void pointer_that_starts_no_block_is_reported(void)
{
    char *p;

    start_warned();
    p = take_right(100);
    require(!sample_free(p + 1, CALL_FREE, NULL));
    require(found[0].block.start == p && !found[0].block.freed);
    expect(FOUND_INVALID_POINTER, CALL_FREE, p + 1);
    require(!sample_free(p + vm_page_size(), CALL_FREE, NULL));
    require(found[0].block.start == p);
    expect(FOUND_INVALID_POINTER, CALL_FREE, p + vm_page_size());
    require(!sample_free(p + 100 * vm_page_size(), CALL_FREE, NULL));
    require(found[0].block.start == NULL);
    expect(FOUND_INVALID_POINTER, CALL_FREE, p + 100 * vm_page_size());
    give(p);
}

static void call_of_another_family_is_reported_and_frees(void)
{
    char *p;

    start_warned();
    options.check = CHECK_FULL;
    p = sample_alloc(8, 1, CALL_NEW, NULL);
    require(sample_free(p, CALL_DELETE_ARRAY, NULL));
    require_equal(found[0].block.family, FAMILY_NEW);
    require(!found[0].block.freed);
    expect(FOUND_FAMILY_MISMATCH, CALL_DELETE_ARRAY, p);
    require(!sample_free(p, CALL_DELETE, NULL));
    expect(FOUND_DOUBLE_FREE, CALL_DELETE, p);
    p = sample_alloc(8, 1, CALL_NEW_ARRAY, NULL);
    require(sample_free(p, CALL_DELETE_ARRAY, NULL));
    require_equal(found_count, 0);
}

static void family_is_not_known_in_the_mode_fast(void)
{
    char *p;

    start_warned();
    p = sample_alloc(8, 1, CALL_MALLOC, NULL);
    require(sample_free(p, CALL_DELETE, NULL));
    require_equal(found_count, 0);
    require(!sample_free(p, CALL_DELETE, NULL));
    require_equal(found[0].block.family, FAMILY_UNKNOWN);
}

static void bytes_written_behind_a_block_are_found(void)
{
    char *p;

    start_warned();
    p = take_left(100);
    p[100] = p[109] = 1;
    require_equal(sample_check(CALL_CHECK_HEAP, NULL), 1);
    require(found[0].damage == p + 100 && found[0].damage_size == 10);
    expect(FOUND_OVERFLOW, CALL_CHECK_HEAP, p);
    require(sample_free(p, CALL_FREE, NULL));
    require(found[0].damage == p + 100 && found[0].damage_size == 10);
    expect(FOUND_OVERFLOW, CALL_FREE, p);
    require_equal(sample_check(CALL_CHECK_HEAP, NULL), 0);
}

static void byte_in_the_gap_before_the_guard_is_found(void)
{
    char *p;

    start_warned();
    p = take_right(17);
    require_equal(vm_page_size() - in_page(p), 32);
    p[31] = 0;
    require(sample_free(p, CALL_FREE, NULL));
    require(found[0].damage == p + 31 && found[0].damage_size == 1);
    expect(FOUND_OVERFLOW, CALL_FREE, p);
}

static void bytes_written_in_front_of_a_block_are_found(void)
{
    char *p;

    start_warned();
    p = take_right(100);
    p[-1] = p[-4] = 0;
    require_equal(sample_check(CALL_EXIT, NULL), 1);
    expect(FOUND_UNDERFLOW, CALL_EXIT, p);
    require(sample_free(p, CALL_FREE, NULL));
    require(found[0].damage == p - 4 && found[0].damage_size == 4);
    expect(FOUND_UNDERFLOW, CALL_FREE, p);
}

static void size_is_as_asked_for_until_freed(void)
{
    size_t size = 1;
    char *p;

    start_warned();
    for (size_t asked = 0; asked < 200; asked += 37) {
        p = take(asked);
        require(sample_size(p, &size, CALL_USABLE_SIZE, NULL));
        require_equal(size, asked);
        give(p);
        require(!sample_size(p, &size, CALL_USABLE_SIZE, NULL));
        expect(FOUND_DOUBLE_FREE, CALL_USABLE_SIZE, p);
    }
}

// ---- accesses ----

static char *volatile target; // of an access that is to fault

static void end_by_access_behind_block(void)
{
    start();
    target = take_right(64);
    (void)*(volatile char *)(target + 63);
    (void)*(volatile char *)(target + 64);
}

static void end_by_access_before_block(void)
{
    start();
    target = take_left(64);
    target[-1] = 1;
}

static void end_by_access_after_free(void)
{
    start();
    target = take(64);
    give(target);
    (void)*(volatile char *)(target + 5);
}

static void access_that_is_reported_ends_the_program_as_the_report_does(void **state)
{
    static const struct {
        void (*body)(void);
        const char *text;
    } rows[] = {
        {end_by_access_behind_block, "out-of-bounds read access 64\n"},
        {end_by_access_before_block, "out-of-bounds write access -1\n"},
        {end_by_access_after_free, "use-after-free read access 5\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct child child = core_child(rows[i].body);

        assert_string_equal(child.text, rows[i].text);
        assert_int_equal(child.signal, SIGABRT);
    }
}

static void use_after_free_is_reported_once_and_the_program_goes_on(void)
{
    char *p;

    start_warned();
    p = take(64);
    give(p);
    errno = 77;
    ((volatile char *)p)[3] = 5;
    require_equal(errno, 77);
    require_equal(((volatile char *)p)[3], 5);
    require(found[0].block.start == p && found[0].block.freed && found[0].block.size == 64);
    require(found[0].block.released.sequence == 2);
    expect(FOUND_USE_AFTER_FREE, CALL_WRITE, p + 3);
    require(!sample_free(p, CALL_FREE, NULL));
    expect(FOUND_DOUBLE_FREE, CALL_FREE, p);
}

static void freed_page_that_was_used_reads_zero_as_a_new_block(void)
{
    char *p;

    start_warned();
    p = take(64);
    give(p);
    memset(p, 5, 64);
    expect(FOUND_USE_AFTER_FREE, CALL_WRITE, p);
    for (size_t i = 1; i < SAMPLE_SLOTS; i++)
        take(1);
    p = take(vm_page_size());
    require_equal(guarded_page_of(p), 1);
    require(core_reads_only(p, vm_page_size(), 0));
    give(p);
    (void)*(volatile char *)p;
    expect(FOUND_USE_AFTER_FREE, CALL_READ, p);
}

static void opened_guard_is_closed_for_the_next_block_beside_it(void)
{
    char *p;

    start_warned();
    p = take(vm_page_size());
    p[vm_page_size()] = 1;
    expect(FOUND_OUT_OF_BOUNDS, CALL_WRITE, p + vm_page_size());
    p[vm_page_size() + 1] = 1;
    p[-1] = 1;
    require_equal(found_count, 0);
    p = take(vm_page_size());
    p[-1] = 1;
    require(found[0].block.start == p);
    expect(FOUND_OUT_OF_BOUNDS, CALL_WRITE, p - 1);
    p -= 2 * vm_page_size();
    give(p);
    for (size_t i = 2; i < SAMPLE_SLOTS; i++)
        take(1);
    require(take(vm_page_size()) == p);
    p[vm_page_size()] = 1;
    expect(FOUND_OUT_OF_BOUNDS, CALL_WRITE, p + vm_page_size());
}

static void guard_names_the_nearer_block_and_a_live_one_first(void)
{
    size_t page = vm_page_size();
    char *below, *above, *guard;

    start_warned();
    below = take(page);
    above = take(page);
    guard = below + page;
    (void)*(volatile char *)(guard + 10);
    require(found[0].block.start == below);
    expect(FOUND_OUT_OF_BOUNDS, CALL_READ, guard + 10);
    give(below);
    above = take(page);
    below = above - 2 * page;
    (void)*(volatile char *)(above - 10);
    require(found[0].block.start == above);
    expect(FOUND_OUT_OF_BOUNDS, CALL_READ, above - 10);
    above = take(page);
    give(above - 2 * page);
    (void)*(volatile char *)(above - page);
    require(found[0].block.start == above);
    expect(FOUND_OUT_OF_BOUNDS, CALL_READ, above - page);
}

static void misuse_is_found_without_kernel_guards(void)
{
    char *p;

    atomic_store(&core_failing.number, SYS_madvise);
    atomic_store(&core_failing.all, true);
    start_warned();
    p = take_right(64);
    (void)*(volatile char *)(p + 64);
    expect(FOUND_OUT_OF_BOUNDS, CALL_READ, p + 64);
    give(p);
    p = take(9);
    give(p);
    (void)*(volatile char *)p;
    expect(FOUND_USE_AFTER_FREE, CALL_READ, p);
    for (size_t i = 0; i < 3 * SAMPLE_SLOTS / 2; i++)
        give(take(i));
    require(atomic_load(&core_failed) > 0);
}

static void end_by_jump_into_freed_block(void)
{
    start_warned();
    target = take(64);
    give(target);
    ((void (*)(void))(uintptr_t)target)();
}

// As in the example of mprotect(2).
static void end_by_write_to_block_that_was_made_readonly(void)
{
    start_warned();
    target = sample_alloc(vm_page_size(), vm_page_size(), CALL_ALIGNED, NULL);
    require(mprotect(target, vm_page_size(), PROT_READ) == 0);
    *target = 1;
}

// It faults under the lock.
static void end_by_check_of_block_that_was_made_inaccessible(void)
{
    start_warned();
    target = take(1);
    require(mprotect(target - in_page(target), vm_page_size(), PROT_NONE) == 0);
    sample_check(CALL_CHECK_HEAP, NULL);
}

static void fault_that_opening_a_page_does_not_help_ends_the_program(void **state)
{
    static void (*const bodies[])(void) = {
        end_by_jump_into_freed_block,
        end_by_write_to_block_that_was_made_readonly,
        end_by_check_of_block_that_was_made_inaccessible,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct child child = core_child(bodies[i]);

        assert_string_equal(child.text, "");
        assert_int_equal(child.signal, SIGSEGV);
    }
}

// All slots get live blocks.
static void use_all_slots_again(void)
{
    while (sample_alloc(vm_page_size(), 1, CALL_MALLOC, NULL) != NULL)
        continue;
}

static void access_to_a_page_that_is_another_blocks_by_now_goes_on(void)
{
    start_warned();
    for (int round = 0; round < 3; round++) {
        target = take(64);
        give(target);
        before_fault_is_handled = use_all_slots_again;
        target[3] = 5;
        require_equal(target[3], 5);
        require(before_fault_is_handled == NULL);
        require_equal(found_count, 0);
        for (size_t i = 0; i < SAMPLE_SLOTS; i++)
            give(guarded_page(2 * i + 1));
    }
}

static void access_in_a_forked_child_is_its_own(void)
{
    int status;
    char *p;

    start_warned();
    p = take(100);
    p[0] = 3;
    if (fork() == 0) {
        require_equal(p[0], 3);
        give(p);
        (void)*(volatile char *)p;
        expect(FOUND_USE_AFTER_FREE, CALL_READ, p);
        give(take(5));
        _exit(55);
    }
    require(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 55);
    require_equal(p[0], 3);
    give(p);
}

static void *churn(void *arg)
{
    struct core_random r = {(uintptr_t)arg + 1};
    char *blocks[50] = {NULL};

    for (int i = 0; i < 2000; i++) {
        size_t at = core_random_below(&r, 50), size = 1 + core_random_below(&r, 300);

        if (blocks[at] != NULL)
            require(sample_free(blocks[at], CALL_FREE, NULL));
        blocks[at] = sample_alloc(size, 1, CALL_MALLOC, NULL);
        if (blocks[at] != NULL)
            memset(blocks[at], (int)i, size);
    }
    return arg;
}

static void threads_share_the_slots(void)
{
    pthread_t threads[6];

    start();
    core_start_threads(threads, 6, churn);
    core_join_threads(threads, 6);
    require_equal(sample_check(CALL_CHECK_HEAP, NULL), 0);
    require_equal(found_count, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(draw_is_true_once_in_so_many_blocks),
        alone(nothing_is_owned_before_the_first_block),
        alone(blocks_of_any_size_read_zero_beside_a_guard),
        alone(blocks_lie_on_large_pages_too),
        alone(both_ends_of_the_page_are_chosen),
        alone(more_than_a_page_is_not_sampled),
        alone(slots_run_out_and_come_back),
        alone(block_freed_longest_ago_is_used_again_first),
        alone(only_live_blocks_are_charged),
        cmocka_unit_test(refused_memory_is_no_block_or_a_block_that_works),
        alone(second_free_is_reported_with_both_stacks),
        alone(pointer_that_starts_no_block_is_reported),
        alone(call_of_another_family_is_reported_and_frees),
        alone(family_is_not_known_in_the_mode_fast),
        alone(bytes_written_behind_a_block_are_found),
        alone(byte_in_the_gap_before_the_guard_is_found),
        alone(bytes_written_in_front_of_a_block_are_found),
        alone(size_is_as_asked_for_until_freed),
        cmocka_unit_test(access_that_is_reported_ends_the_program_as_the_report_does),
        alone(use_after_free_is_reported_once_and_the_program_goes_on),
        alone(freed_page_that_was_used_reads_zero_as_a_new_block),
        alone(opened_guard_is_closed_for_the_next_block_beside_it),
        alone(guard_names_the_nearer_block_and_a_live_one_first),
        alone(misuse_is_found_without_kernel_guards),
        cmocka_unit_test(fault_that_opening_a_page_does_not_help_ends_the_program),
        alone(access_to_a_page_that_is_another_blocks_by_now_goes_on),
        alone(access_in_a_forked_child_is_its_own),
        alone(threads_share_the_slots),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
