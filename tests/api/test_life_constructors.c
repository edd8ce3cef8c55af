// SPDX-License-Identifier: MIT
// Allocation in constructors before main, in atexit handlers and in destructors after it.
#include "api.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static const size_t sizes[] = { 1, 100, 3000, 50000, 700000, 40 * MIB };

enum { COUNT = sizeof(sizes) / sizeof(sizes[0]) };

static void *early[COUNT];
static void *later[COUNT];

// Where the child that leaves main tells that its handlers have run; -1 in the parent.
static int report_to = -1;

static void allocate_all(void **blocks, uint64_t id)
{
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = call.malloc(sizes[i]);
        if (blocks[i] != NULL)
            api_fill(blocks[i], sizes[i], id + i);
    }
}

static bool all_hold(void **blocks, uint64_t id)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (blocks[i] == NULL || !api_holds(blocks[i], sizes[i], id + i))
            return false;
    }
    return true;
}

static void free_all(void **blocks)
{
    for (size_t i = 0; i < COUNT; i++)
        call.free(blocks[i]);
}

__attribute__((constructor(101))) static void construct_first(void)
{
    allocate_all(early, 100);
}

__attribute__((constructor)) static void construct_later(void)
{
    allocate_all(later, 200);
}

// Says `name` on the pipe when the heap still works, and nothing when it does not.
static void report_working_heap(const char *name)
{
    void *blocks[COUNT];

    if (report_to < 0)
        return;
    allocate_all(blocks, 300);
    bool works = all_hold(blocks, 300) && all_hold(early, 100);
    free_all(blocks);
    if (works && write(report_to, name, 1) != 1)
        _exit(9);
}

__attribute__((destructor(101))) static void destroy_last(void)
{
    report_working_heap("3");
    free_all(early);
}

__attribute__((destructor)) static void destroy_first(void)
{
    report_working_heap("2");
}

static void report_from_atexit(void)
{
    report_working_heap("1");
}

static void blocks_of_constructors_are_whole_in_main(void **state)
{
    (void)state;
    assert_true(all_hold(early, 100));
    assert_true(all_hold(later, 200));
    free_all(later);
    for (size_t i = 0; i < COUNT; i++) {
        early[i] = call.realloc(early[i], sizes[i] + 100);
        assert_non_null(early[i]);
        api_fill(early[i], sizes[i], 100 + i);
    }
}

static void heap_works_in_atexit_handlers_and_destructors(void **state)
{
    int ends[2];
    char heard[8] = "";
    int status = 0;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        report_to = ends[1];
        atexit(report_from_atexit);
        exit(0);
    }
    close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(read(ends[0], heard, sizeof(heard) - 1), 3);
    close(ends[0]);
    assert_string_equal(heard, "123");
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_constructors_are_whole_in_main),
        cmocka_unit_test(heap_works_in_atexit_handlers_and_destructors),
    };

    return cmocka_run_group_tests_name("life_constructors", tests, NULL, NULL);
}
