// SPDX-License-Identifier: MIT
// The pressure handler: called when the system refuses memory, and its help is used. Limits on
// address space cannot be taken back, so each test runs in a child, whose exit code tells.
#include "api.h"

#include "ikyoalloc/ikyoalloc.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void *reserve;
static void *const context = &reserve;
static int calls;
static int last_level;
static bool orderly = true;

static void free_reserve(int level, void *given)
{
    orderly = orderly && given == context && level >= 1;
    calls++;
    call.free(reserve);
    reserve = NULL;
}

static void note_level(int level, void *given)
{
    orderly = orderly && given == context && level == last_level + 1;
    last_level = level;
    calls++;
}

// A request of the handler that fails must not call it again.
static void allocate_too_much(int level, void *given)
{
    (void)level;
    (void)given;
    calls++;
    void *p = call.malloc((size_t)900 * MIB);
    orderly = orderly && p == NULL;
    call.free(p);
}

static void limit_address_space(void)
{
    const struct rlimit limit = { (rlim_t)1024 * MIB, (rlim_t)1024 * MIB };

    if (setrlimit(RLIMIT_AS, &limit) != 0)
        _exit(100);
}

static int run_child(int (*work)(void))
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        alarm(30);
        _exit(work());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int use_memory_that_the_handler_frees(void)
{
    limit_address_space();
    reserve = call.malloc((size_t)600 * MIB);
    if (reserve == NULL)
        return 1;
    ikyo_set_pressure_handler(free_reserve, context);
    char *p = call.malloc((size_t)600 * MIB);
    if (p == NULL || calls != 1 || !orderly)
        return 2;
    p[0] = p[600 * MIB - 1] = 1;
    return 0;
}

static void handler_that_frees_memory_lets_the_request_succeed(void **state)
{
    (void)state;
    assert_int_equal(run_child(use_memory_that_the_handler_frees), 0);
}

static int see_levels_rise(void)
{
    limit_address_space();
    ikyo_set_pressure_handler(note_level, context);
    errno = 0;
    if (call.malloc((size_t)2000 * MIB) != NULL || errno != ENOMEM)
        return 1;
    return calls >= 1 && orderly ? 0 : 2;
}

static void handler_that_cannot_help_sees_rising_levels_then_enomem(void **state)
{
    (void)state;
    assert_int_equal(run_child(see_levels_rise), 0);
}

static int request_inside_the_handler(void)
{
    limit_address_space();
    reserve = call.malloc((size_t)300 * MIB);
    ikyo_set_pressure_handler(allocate_too_much, context);
    if (reserve == NULL || call.malloc((size_t)2000 * MIB) != NULL)
        return 1;
    return calls >= 1 && calls < 20 && orderly ? 0 : 2;
}

static void handler_is_not_called_for_its_own_requests(void **state)
{
    (void)state;
    assert_int_equal(run_child(request_inside_the_handler), 0);
}

static int request_without_a_handler(void)
{
    limit_address_space();
    ikyo_set_pressure_handler(note_level, context);
    ikyo_set_pressure_handler(NULL, NULL);
    errno = 0;
    if (call.malloc((size_t)2000 * MIB) != NULL || errno != ENOMEM)
        return 1;
    return calls == 0 ? 0 : 2;
}

static void handler_that_was_taken_away_is_not_called(void **state)
{
    (void)state;
    assert_int_equal(run_child(request_without_a_handler), 0);
}

static int impossible_request(void)
{
    ikyo_set_pressure_handler(note_level, context);
    errno = 0;
    if (call.malloc((size_t)PTRDIFF_MAX + 1) != NULL || errno != ENOMEM)
        return 1;
    if (call.calloc(SIZE_MAX, 2) != NULL || call.realloc(NULL, SIZE_MAX) != NULL)
        return 2;
    return calls == 0 ? 0 : 3;
}

static void handler_is_not_called_for_impossible_sizes(void **state)
{
    (void)state;
    assert_int_equal(run_child(impossible_request), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handler_that_frees_memory_lets_the_request_succeed),
        cmocka_unit_test(handler_that_cannot_help_sees_rising_levels_then_enomem),
        cmocka_unit_test(handler_is_not_called_for_its_own_requests),
        cmocka_unit_test(handler_that_was_taken_away_is_not_called),
        cmocka_unit_test(handler_is_not_called_for_impossible_sizes),
    };

    return cmocka_run_group_tests_name("pressure", tests, NULL, NULL);
}
