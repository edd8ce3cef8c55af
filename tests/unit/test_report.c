// SPDX-License-Identifier: MIT
// Every message of the allocator, word for word, and what follows a misuse.
#include "base/report.h"

#include "base/check.h"
#include "base/lock.h"
#include "base/option.h"

#include "child.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void *const block = (void *)(uintptr_t)0x7f1200;

static void double_free(void)
{
    report_double_free("free", block);
}

static void invalid_pointer(void)
{
    report_invalid_pointer("realloc", block);
}

static void foreign_pointer(void)
{
    report_foreign_pointer("malloc_usable_size", NULL);
}

static void corrupted_list(void)
{
    report_corrupted_list("malloc", block);
}

static const struct {
    void (*report)(void);
    const char *text;
} misuses[] = {
    {double_free, "ikyoalloc: free(0x7f1200): double free\n"},
    {invalid_pointer, "ikyoalloc: realloc(0x7f1200): invalid pointer\n"},
    {foreign_pointer, "ikyoalloc: malloc_usable_size(0x0): foreign pointer\n"},
    {corrupted_list, "ikyoalloc: malloc(0x7f1200): corrupted free list\n"},
};
enum { MISUSES = sizeof misuses / sizeof misuses[0] };

static void misuse_by_default_aborts_with_one_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < MISUSES; i++) {
        struct child child = child_run(misuses[i].report);

        assert_string_equal(child.text, misuses[i].text);
        assert_int_equal(child.signal, SIGABRT);
    }
}

static void misuse_under_warn_writes_the_line_and_returns(void **state)
{
    (void)state;
    options.on_error = ON_ERROR_WARN;
    for (size_t i = 0; i < MISUSES; i++) {
        struct child child = child_run(misuses[i].report);

        assert_string_equal(child.text, misuses[i].text);
        assert_int_equal(child.status, 0);
    }
    options.on_error = ON_ERROR_ABORT;
}

static void misuse_under_ignore_returns_silently(void **state)
{
    (void)state;
    options.on_error = ON_ERROR_IGNORE;
    for (size_t i = 0; i < MISUSES; i++) {
        struct child child = child_run(misuses[i].report);

        assert_string_equal(child.text, "");
        assert_int_equal(child.status, 0);
    }
    options.on_error = ON_ERROR_ABORT;
}

static void warn_with_errno_set(void)
{
    options.on_error = ON_ERROR_WARN;
    errno = 77;
    report_double_free("free", block);
    _exit(errno);
}

static void misuse_keeps_errno(void **state)
{
    (void)state;
    assert_int_equal(child_run(warn_with_errno_set).status, 77);
}

static void out_of_memory(void)
{
    report_out_of_memory(12345);
}

static void unknown_option(void)
{
    report_option_unknown("colour=red", 6);
}

static void bad_value(void)
{
    report_option_value("guard=sometimes,", 5, "sometimes,", 9);
}

static void endless_name(void)
{
    static char name[2000];

    memset(name, 'n', sizeof name);
    report_option_value(name, sizeof name, name, sizeof name);
}

static void notices_below_verbose_are_silent(void **state)
{
    (void)state;
    assert_string_equal(child_run(out_of_memory).text, "");
    assert_string_equal(child_run(unknown_option).text, "");
    assert_string_equal(child_run(bad_value).text, "");
}

static void notices_when_verbose_are_one_line_and_return(void **state)
{
    static const struct {
        void (*report)(void);
        const char *text;
    } rows[] = {
        {out_of_memory, "ikyoalloc: out of memory: 12345 bytes\n"},
        {unknown_option, "ikyoalloc: unknown option 'colour'\n"},
        {bad_value, "ikyoalloc: option 'guard' cannot be 'sometimes'\n"},
    };

    (void)state;
    options.verbose = 1;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct child child = child_run(rows[i].report);

        assert_string_equal(child.text, rows[i].text);
        assert_int_equal(child.status, 0);
    }
    options.verbose = 0;
}

static void notice_of_endless_name_is_still_one_short_line(void **state)
{
    (void)state;
    options.verbose = 1;

    struct child child = child_run(endless_name);
    size_t length = strlen(child.text);

    options.verbose = 0;
    assert_in_range(length, 200, 300);
    assert_ptr_equal(strchr(child.text, '\n'), child.text + length - 1);
}

static void cannot_throw(void)
{
    report_cannot_throw(99);
}

static void bug(void)
{
    report_bug("src/some.c", 12, "x == y");
}

static void fatal_reports_abort_whatever_on_error_is(void **state)
{
    struct child child;

    (void)state;
    options.on_error = ON_ERROR_IGNORE;
    child = child_run(cannot_throw);
    assert_string_equal(child.text, "ikyoalloc: operator new(99): out of memory, and no C++ "
                                    "run-time to throw std::bad_alloc\n");
    assert_int_equal(child.signal, SIGABRT);
    child = child_run(bug);
    assert_string_equal(child.text, "ikyoalloc: bug at src/some.c:12: x == y\n");
    assert_int_equal(child.signal, SIGABRT);
    options.on_error = ON_ERROR_ABORT;
}

static void told(const char *text, size_t size, void *context)
{
    dprintf(STDERR_FILENO, "[%s%.*s]", (const char *)context, (int)size, text);
    errno = 78;
}

static void misuse_with_callback(void)
{
    static char context[] = "told: ";

    options.on_error = ON_ERROR_WARN;
    options.verbose = 1;
    report_set_callback(told, context);
    errno = 77;
    report_double_free("free", block);
    report_out_of_memory(1);
    options.on_error = ON_ERROR_IGNORE;
    report_double_free("free", block);
    report_set_callback(NULL, NULL);
    options.on_error = ON_ERROR_WARN;
    report_double_free("free", NULL);
    _exit(errno);
}

static void callback_gets_the_text_of_each_misuse(void **state)
{
    struct child child = child_run(misuse_with_callback);

    (void)state;
    assert_string_equal(child.text, "ikyoalloc: free(0x7f1200): double free\n"
                                    "[told: ikyoalloc: free(0x7f1200): double free\n]"
                                    "ikyoalloc: out of memory: 1 bytes\n"
                                    "ikyoalloc: free(0x0): double free\n");
    assert_int_equal(child.status, 77);
}

static void bug_with_callback(void)
{
    static char context[] = "";

    report_set_callback(told, context);
    bug();
}

static void callback_is_called_before_the_end(void **state)
{
    struct child child = child_run(bug_with_callback);

    (void)state;
    assert_string_equal(child.text, "ikyoalloc: bug at src/some.c:12: x == y\n"
                                    "[ikyoalloc: bug at src/some.c:12: x == y\n]");
    assert_int_equal(child.signal, SIGABRT);
}

static void misuse_again(const char *text, size_t size, void *context)
{
    told(text, size, context);
    report_invalid_pointer("free", block);
}

static void misuse_within_callback(void)
{
    static char context[] = "";

    options.on_error = ON_ERROR_WARN;
    report_set_callback(misuse_again, context);
    for (int i = 0; i < 2; i++) {
        report_double_free("free", block);
    }
}

static void misuse_within_the_callback_is_only_written(void **state)
{
    static const char round[] = "ikyoalloc: free(0x7f1200): double free\n"
                                "[ikyoalloc: free(0x7f1200): double free\n]"
                                "ikyoalloc: free(0x7f1200): invalid pointer\n";
    struct child child = child_run(misuse_within_callback);

    (void)state;
    assert_int_equal(strncmp(child.text, round, strlen(round)), 0);
    assert_string_equal(child.text + strlen(round), round);
}

static int started[2], leave[2]; // pipes

static void stay(const char *text, size_t size, void *context)
{
    char byte;

    told(text, size, context);
    if (write(started[1], "", 1) != 1 || read(leave[0], &byte, 1) != 1) {
        _exit(97);
    }
}

static void *misuse_in_thread(void *arg)
{
    report_double_free("free", block);
    return arg;
}

static void fork_while_the_callback_runs(void)
{
    static char context[] = "";
    pthread_t thread;
    int status;
    char byte;

    options.on_error = ON_ERROR_WARN;
    report_set_callback(stay, context);
    if (pipe(started) != 0 || pipe(leave) != 0 ||
        pthread_create(&thread, NULL, misuse_in_thread, NULL) != 0 ||
        read(started[0], &byte, 1) != 1) {
        _exit(96);
    }
    report_invalid_pointer("free", block);
    if (fork() == 0) {
        report_fork_child();
        report_set_callback(told, context);
        report_corrupted_list("free", block);
        _exit(0);
    }
    wait(&status);
    if (write(leave[1], "", 1) != 1 || pthread_join(thread, NULL) != 0) {
        _exit(95);
    }
}

static void callback_of_another_thread_does_not_run_in_a_forked_child(void **state)
{
    struct child child = child_run(fork_while_the_callback_runs);

    (void)state;
    assert_string_equal(child.text, "ikyoalloc: free(0x7f1200): double free\n"
                                    "[ikyoalloc: free(0x7f1200): double free\n]"
                                    "ikyoalloc: free(0x7f1200): invalid pointer\n"
                                    "ikyoalloc: free(0x7f1200): corrupted free list\n"
                                    "[ikyoalloc: free(0x7f1200): corrupted free list\n]");
    assert_int_equal(child.status, 0);
}

static void fork_in_callback(const char *text, size_t size, void *context)
{
    int status;

    told(text, size, context);
    if (fork() == 0) {
        report_fork_child();
        report_invalid_pointer("free", block);
        _exit(0);
    }
    wait(&status);
}

static void misuse_with_fork_in_callback(void)
{
    static char context[] = "";

    options.on_error = ON_ERROR_WARN;
    report_set_callback(fork_in_callback, context);
    report_double_free("free", block);
}

static void callback_that_forks_runs_in_the_child_too(void **state)
{
    struct child child = child_run(misuse_with_fork_in_callback);

    (void)state;
    assert_string_equal(child.text, "ikyoalloc: free(0x7f1200): double free\n"
                                    "[ikyoalloc: free(0x7f1200): double free\n]"
                                    "ikyoalloc: free(0x7f1200): invalid pointer\n");
}

static void misuse_under_a_lock(void)
{
    static char context[] = "";

    options.on_error = ON_ERROR_WARN;
    report_set_callback(told, context);
    lock_take(LOCK_LATE);
    report_double_free("free", block);
    lock_give(LOCK_LATE);
    report_invalid_pointer("free", block);
}

static void misuse_under_a_lock_is_only_written(void **state)
{
    struct child child = child_run(misuse_under_a_lock);

    (void)state;
    assert_string_equal(child.text, "ikyoalloc: free(0x7f1200): double free\n"
                                    "ikyoalloc: free(0x7f1200): invalid pointer\n"
                                    "[ikyoalloc: free(0x7f1200): invalid pointer\n]");
}

static void misuse_into_another_descriptor(void)
{
    if (dup2(STDERR_FILENO, 9) != 9 || close(STDERR_FILENO) != 0) {
        _exit(1);
    }
    options.report_fd = 9;
    options.on_error = ON_ERROR_WARN;
    options.verbose = 1;
    report_double_free("free", block);
    report_out_of_memory(1);
    options.report_fd = SIZE_MAX;
    report_double_free("free", block);
}

static void lines_go_to_the_descriptor_of_reports(void **state)
{
    struct child child = child_run(misuse_into_another_descriptor);

    (void)state;
    assert_string_equal(child.text, "ikyoalloc: free(0x7f1200): double free\n"
                                    "ikyoalloc: out of memory: 1 bytes\n");
    assert_int_equal(child.status, 0);
}

static int reported;

static void check_reports_only_what_is_false(void **state)
{
    (void)state;
    reported = 0;
    assert_true(check(1 + 1 == 2, reported++));
    assert_int_equal(reported, 0);
    assert_false(check(1 + 1 == 3, reported++));
    assert_int_equal(reported, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse_by_default_aborts_with_one_line),
        cmocka_unit_test(misuse_under_warn_writes_the_line_and_returns),
        cmocka_unit_test(misuse_under_ignore_returns_silently),
        cmocka_unit_test(misuse_keeps_errno),
        cmocka_unit_test(notices_below_verbose_are_silent),
        cmocka_unit_test(notices_when_verbose_are_one_line_and_return),
        cmocka_unit_test(notice_of_endless_name_is_still_one_short_line),
        cmocka_unit_test(fatal_reports_abort_whatever_on_error_is),
        cmocka_unit_test(callback_gets_the_text_of_each_misuse),
        cmocka_unit_test(callback_is_called_before_the_end),
        cmocka_unit_test(misuse_within_the_callback_is_only_written),
        cmocka_unit_test(callback_of_another_thread_does_not_run_in_a_forked_child),
        cmocka_unit_test(callback_that_forks_runs_in_the_child_too),
        cmocka_unit_test(misuse_under_a_lock_is_only_written),
        cmocka_unit_test(lines_go_to_the_descriptor_of_reports),
        cmocka_unit_test(check_reports_only_what_is_false),
    };

    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
