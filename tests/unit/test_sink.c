// SPDX-License-Identifier: MIT
// Where reports go, and when they are in colour.
#include "base/sink.h"

#include "base/option.h"
#include "base/option_path.h"
#include "base/report.h"

#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const char line[] = "ikyoalloc: free(0x0): double free\n";
static char folder[] = "/tmp/ikyo-test-sink-XXXXXX";
static char variable[256]; // IKYO_REPORT_FILE

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void set_report_file(const char *name)
{
    snprintf(variable, sizeof variable, "IKYO_REPORT_FILE=%s/%s", folder, name);
    option_init((const char *const[]){variable, NULL}, false);
}

static void warn_once(void)
{
    options.on_error = ON_ERROR_WARN;
    report_double_free("free", NULL);
}

static void warn_into_file(void)
{
    set_report_file("reports");
    warn_once();
    warn_once();
}

static void warn_into_file_of_process(void)
{
    set_report_file("a.%p.%p%");
    warn_once();
    dprintf(STDERR_FILENO, "%d", (int)getpid());
}

// Reads the file and removes it.
static void assert_file_holds(const char *path, const char *expected)
{
    char text[512] = "";
    int fd = open(path, O_RDONLY);

    assert_true(fd >= 0);
    assert_int_equal(read(fd, text, sizeof text - 1), strlen(expected));
    assert_string_equal(text, expected);
    close(fd);
    assert_int_equal(unlink(path), 0);
}

static void report_file_gets_all_reports_of_all_processes(void **state)
{
    char path[256], all[512];

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_string_equal(child_run(warn_into_file).text, "");
    }
    snprintf(path, sizeof path, "%s/reports", folder);
    snprintf(all, sizeof all, "%s%s%s%s", line, line, line, line);
    assert_file_holds(path, all);
}

static void report_file_holds_the_process_id(void **state)
{
    struct child child = child_run(warn_into_file_of_process);
    char path[8500];

    (void)state;
    snprintf(path, sizeof path, "%s/a.%s.%s%%", folder, child.text, child.text);
    assert_file_holds(path, line);
}

static void warn_into_nowhere(void)
{
    set_report_file("none/reports");
    warn_once();
}

static void warn_into_endless_name(void)
{
    static char endless[1000];

    snprintf(endless, sizeof endless, "IKYO_REPORT_FILE=%s/", folder);
    for (size_t i = strlen(endless); i + 2 < sizeof endless; i += 2) {
        memcpy(endless + i, "%p", 3);
    }
    option_init((const char *const[]){endless, NULL}, false);
    if (strlen(option_path(options.report_file)) < 900) {
        _exit(1);
    }
    warn_once();
}

static void report_file_that_cannot_be_opened_leaves_the_descriptor(void **state)
{
    struct child child = child_run(warn_into_nowhere);

    (void)state;
    assert_string_equal(child.text, line);
    child = child_run(warn_into_endless_name);
    assert_string_equal(child.text, line);
    assert_int_equal(child.status, 0);
}

static void open_and_close(void)
{
    int next = dup(0);

    close(next);
    set_report_file("kept");
    errno = 77;
    struct sink s = sink_open();

    if (!s.is_file || s.fd != next || (fcntl(s.fd, F_GETFD) & FD_CLOEXEC) == 0) {
        _exit(1);
    }
    sink_close(s);
    sink_close((struct sink){STDERR_FILENO, false});
    if (errno != 77 || fcntl(s.fd, F_GETFD) != -1 || fcntl(STDERR_FILENO, F_GETFD) == -1) {
        _exit(2);
    }
}

static void close_gives_back_what_was_opened_only(void **state)
{
    char path[256];

    (void)state;
    assert_int_equal(child_run(open_and_close).status, 0);
    snprintf(path, sizeof path, "%s/kept", folder);
    assert_file_holds(path, "");
}

// Standard error becomes this file, and the report goes there or not.
static void warn_into(const char *name, int flags)
{
    char path[256];
    int fd;

    sink_start();
    close(STDERR_FILENO);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    fd = open(path, O_WRONLY | O_CREAT | flags, 0600);
    if (fd != STDERR_FILENO) {
        _exit(96);
    }
    warn_once();
}

static void warn_where_data_is(void)
{
    warn_into("data", 0);
}

static void warn_where_a_log_is(void)
{
    warn_into("log", O_APPEND);
}

static void warn_where_nothing_was(void)
{
    close(STDERR_FILENO);
    warn_into("data", 0);
}

static void warn_where_output_is(void)
{
    char path[256];

    snprintf(path, sizeof path, "%s/output", folder);
    sink_start();
    if (dup2(open(path, O_WRONLY | O_CREAT, 0600), STDOUT_FILENO) != STDOUT_FILENO ||
        dup2(STDOUT_FILENO, STDERR_FILENO) != STDERR_FILENO) {
        _exit(96);
    }
    warn_once();
}

static void warn_where_it_always_was(void)
{
    sink_start();
    warn_once();
}

static void report_does_not_go_into_data_of_the_program(void **state)
{
    static const struct {
        void (*warn)(void);
        const char *file, *text;
    } rows[] = {
        {warn_where_data_is, "data", ""},
        {warn_where_nothing_was, "data", ""},
        {warn_where_a_log_is, "log", line},
        {warn_where_output_is, "output", line},
    };
    char path[256];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(child_run(rows[i].warn).status, 0);
        snprintf(path, sizeof path, "%s/%s", folder, rows[i].file);
        assert_file_holds(path, rows[i].text);
    }
    assert_string_equal(child_run(warn_where_it_always_was).text, line);
}

static void color_follows_the_option_and_the_terminal(void **state)
{
    struct sink terminal = {posix_openpt(O_RDWR | O_NOCTTY), false};
    struct sink file = {open("/dev/null", O_WRONLY), false};

    (void)state;
    assert_true(terminal.fd >= 0 && file.fd >= 0);
    assert_true(sink_has_color(terminal));
    assert_false(sink_has_color(file));
    options.color = COLOR_ALWAYS;
    assert_true(sink_has_color(terminal));
    assert_true(sink_has_color(file));
    options.color = COLOR_NEVER;
    assert_false(sink_has_color(terminal));
    assert_false(sink_has_color(file));
    options.color = COLOR_AUTO;
    close(terminal.fd);
    close(file.fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(report_file_gets_all_reports_of_all_processes),
        cmocka_unit_test(report_file_holds_the_process_id),
        cmocka_unit_test(report_file_that_cannot_be_opened_leaves_the_descriptor),
        cmocka_unit_test(close_gives_back_what_was_opened_only),
        cmocka_unit_test(report_does_not_go_into_data_of_the_program),
        cmocka_unit_test(color_follows_the_option_and_the_terminal),
    };

    return cmocka_run_group_tests_name("sink", tests, make_folder, remove_folder);
}
