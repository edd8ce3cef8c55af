// SPDX-License-Identifier: MIT
// The options: where values come from, which ones win, what is understood, and
// that the manual is the table. `test_option --print` writes that table.
#include "base/option.h"

#include "base/option_path.h"

#include "child.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MANUAL_SIZE = 16384 };

static unsigned char defaults[sizeof(struct options)];

static int back_to_defaults(void **state)
{
    (void)state;
    memcpy(&options, defaults, sizeof options);
    return 0;
}

// Reads the environment given as a list of up to seven variables.
#define READ(...) option_init((const char *const[8]){__VA_ARGS__}, false)

static void assert_all_are_defaults(void)
{
    assert_memory_equal(&options, defaults, sizeof options);
}

static void options_before_init_are_the_defaults(void **state)
{
    (void)state;
    assert_int_equal(options.verbose, 0);
    assert_int_equal(options.purge_delay, 200);
    assert_int_equal(options.thread_cache, 512 * 1024);
    assert_int_equal(options.cache_limit, 0);
    assert_int_equal(options.thp, THP_AUTO);
    assert_int_equal(options.on_error, ON_ERROR_ABORT);
    assert_int_equal(options.foreign_free, FOREIGN_FREE_FORWARD);
    assert_int_equal(options.guard, GUARD_HUGE);
    assert_int_equal(options.perturb, 0);
    assert_int_equal(options.mmap_threshold, 32 * 1024 * 1024);
    assert_int_equal(options.trim_threshold, 0);
    assert_int_equal(options.huge_cache, 0);
}

static void init_without_our_variables_changes_nothing(void **state)
{
    (void)state;
    option_init(NULL, false);
    READ(NULL);
    READ("PATH=/bin", "IKYO=1", "MALLOC=7", "I", "M", "", "xIKYO_VERBOSE=1");
    READ("MALLOC_TOP_PAD_=5", "MALLOC_=7", "MALLOC_ARENA_TEST=9", "IKYO_OPTIONS=");
    assert_all_are_defaults();
}

static void init_when_secure_ignores_the_environment(void **state)
{
    const char *const environment[] = {"IKYO_VERBOSE=1", "IKYO_OPTIONS=perturb=3",
                                       "MALLOC_PERTURB_=4", NULL};

    (void)state;
    option_init(environment, true);
    assert_all_are_defaults();
    option_init(environment, false);
    assert_int_equal(options.verbose, 1);
    assert_int_equal(options.perturb, 3);
}

static void single_variables_set_their_options(void **state)
{
    (void)state;
    READ("IKYO_PURGE_DELAY=10", "A=B", "IKYO_GUARD=off", "IKYO_verbose=2");
    assert_int_equal(options.purge_delay, 10);
    assert_int_equal(options.guard, GUARD_OFF);
    assert_int_equal(options.verbose, 2);
}

static void string_variable_sets_a_list(void **state)
{
    (void)state;
    READ("IKYO_OPTIONS=thp=never,,foreign_free=ignore,HUGE_CACHE=7k,");
    assert_int_equal(options.thp, THP_NEVER);
    assert_int_equal(options.foreign_free, FOREIGN_FREE_IGNORE);
    assert_int_equal(options.huge_cache, 7168);
}

static void later_sources_win_whatever_their_place(void **state)
{
    (void)state;
    READ("IKYO_PERTURB=3", "IKYO_OPTIONS=perturb=2,purge_delay=2,perturb=2", "MALLOC_PERTURB_=1",
         "IKYO_WRONG=1", "IKYO_MMAP_THRESHOLD=2m", "MALLOC_MMAP_THRESHOLD_=1");
    assert_int_equal(options.perturb, 3);
    assert_int_equal(options.purge_delay, 2);
    assert_int_equal(options.mmap_threshold, 2 << 20);
}

static void sizes_take_suffixes_in_any_case(void **state)
{
    static const struct {
        const char *variable;
        size_t size;
    } rows[] = {
        {"IKYO_THREAD_CACHE=0", 0},        {"IKYO_THREAD_CACHE=5", 5},
        {"IKYO_THREAD_CACHE=5k", 5120},    {"IKYO_THREAD_CACHE=5K", 5120},
        {"IKYO_THREAD_CACHE=2m", 2 << 20}, {"IKYO_THREAD_CACHE=3G", (size_t)3 << 30},
        {"IKYO_THREAD_CACHE=0007", 7},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        options.thread_cache = 1;
        READ(rows[i].variable);
        assert_int_equal(options.thread_cache, rows[i].size);
    }
}

static void times_take_milliseconds_and_seconds(void **state)
{
    (void)state;
    READ("IKYO_PURGE_DELAY=7ms");
    assert_int_equal(options.purge_delay, 7);
    READ("IKYO_PURGE_DELAY=7s");
    assert_int_equal(options.purge_delay, 7000);
}

static void paths_are_kept_when_the_variable_is_gone(void **state)
{
    char variable[] = "IKYO_REPORT_FILE=/tmp/a,b=%p";
    size_t first, second;

    (void)state;
    assert_string_equal(option_path(options.report_file), "");
    READ(variable);
    memset(variable, '#', sizeof variable - 1);
    first = options.report_file;
    READ("IKYO_OPTIONS=report_file=/tmp/c,perturb=1");
    assert_string_equal(option_path(options.report_file), "/tmp/c");
    second = options.report_file;
    READ("IKYO_REPORT_FILE=/d");
    assert_string_equal(option_path(first), "/tmp/a,b=%p");
    assert_string_equal(option_path(second), "/tmp/c");
    READ("IKYO_OPTIONS=report_file=");
    assert_string_equal(option_path(options.report_file), "");
    assert_false(option_set("report_file", "/tmp/d"));
}

// Names of falling length, until one just fits; then there is no room for a single letter.
static void read_paths_until_there_is_no_room(void)
{
    static char variable[2000] = "IKYO_REPORT_FILE=";
    char *name = variable + strlen(variable);
    size_t length = 1500;

    do {
        memset(name, 'a', length);
        name[length] = '\0';
        READ(variable);
        READ(variable);
    } while (option_path(options.report_file)[0] == '\0' && --length > 0);
    if (length < 900 || strlen(option_path(options.report_file)) != length) {
        _exit(1);
    }
    READ("IKYO_REPORT_FILE=b");
    _exit(strlen(option_path(options.report_file)) == length ? 0 : 2);
}

static void path_without_room_is_not_understood(void **state)
{
    (void)state;
    assert_int_equal(child_run(read_paths_until_there_is_no_room).status, 0);
}

static void bad_values_leave_the_option_alone(void **state)
{
    static const char *const rows[] = {
        "IKYO_THREAD_CACHE=",
        "IKYO_THREAD_CACHE",
        "IKYO_THREAD_CACHE=k",
        "IKYO_THREAD_CACHE=-1",
        "IKYO_THREAD_CACHE= 1",
        "IKYO_THREAD_CACHE=1kb",
        "IKYO_THREAD_CACHE=1ms",
        "IKYO_THREAD_CACHE=18446744073709551616",
        "IKYO_THREAD_CACHE=99999999999999999999999",
        "IKYO_THREAD_CACHE=17179869184g",
        "IKYO_PURGE_DELAY=1k",
        "IKYO_PURGE_DELAY=18446744073709551615s",
        "IKYO_PERTURB=1k",
        "IKYO_PERTURB=off",
        "IKYO_GUARD=hug",
        "IKYO_GUARD=hugee",
        "IKYO_GUARD=never",
        "IKYO_GUARD=0",
        "IKYO_THREAD=1",
        "IKYO_THREAD_CACHES=1",
        "IKYO_=1",
        "IKYO_OPTIONS=guard",
        "IKYO_OPTIONS==",
        "IKYO_OPTIONS=guard==off",
        "MALLOC_PERTURB_=x",
        "MALLOC_MMAP_THRESHOLD_=",
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        READ(rows[i]);
        assert_all_are_defaults();
    }
}

static void largest_number_is_understood(void **state)
{
    (void)state;
    if (sizeof(size_t) == 8)
        READ("IKYO_THREAD_CACHE=18446744073709551615", "IKYO_HUGE_CACHE=17179869183g");
    else
        READ("IKYO_THREAD_CACHE=4294967295", "IKYO_HUGE_CACHE=3g");
    assert_int_equal(options.thread_cache, SIZE_MAX);
    assert_int_equal(options.huge_cache, SIZE_MAX - ((size_t)1 << 30) + 1);
}

static void glibc_variables_set_their_counterparts(void **state)
{
    (void)state;
    READ("MALLOC_ARENA_MAX=2", "MALLOC_TRIM_THRESHOLD_=100000", "MALLOC_PERTURB_=165",
         "MALLOC_CHECK_=1", "MALLOC_MMAP_THRESHOLD_=131072");
    assert_int_equal(options.cache_limit, 128 << 20);
    assert_int_equal(options.trim_threshold, 100000);
    assert_int_equal(options.perturb, 165);
    assert_int_equal(options.on_error, ON_ERROR_WARN);
    assert_int_equal(options.mmap_threshold, 131072);
}

static void glibc_extremes_keep_their_meaning(void **state)
{
    (void)state;
    READ("MALLOC_TRIM_THRESHOLD_=-1", "MALLOC_MMAP_THRESHOLD_=-1", "MALLOC_ARENA_MAX=-1");
    assert_int_equal(options.trim_threshold, SIZE_MAX);
    assert_int_equal(options.mmap_threshold, SIZE_MAX);
    assert_int_equal(options.cache_limit, SIZE_MAX);
    READ("MALLOC_TRIM_THRESHOLD_=0", "MALLOC_ARENA_MAX=0");
    assert_int_equal(options.trim_threshold, 1);
    assert_int_equal(options.cache_limit, 0);
}

static void glibc_check_bits_choose_the_action(void **state)
{
    static const size_t actions[] = {ON_ERROR_IGNORE, ON_ERROR_WARN,   ON_ERROR_ABORT,
                                     ON_ERROR_ABORT,  ON_ERROR_IGNORE, ON_ERROR_WARN};

    (void)state;
    for (size_t bits = 0; bits < sizeof actions / sizeof actions[0]; bits++) {
        option_set_alias(OPTION_CHECK, bits);
        assert_int_equal(options.on_error, actions[bits]);
    }
}

static void option_set_changes_live_options_only(void **state)
{
    (void)state;
    assert_true(option_set("purge_delay", "2s"));
    assert_int_equal(options.purge_delay, 2000);
    assert_true(option_set("on_error", "warn"));
    assert_int_equal(options.on_error, ON_ERROR_WARN);
    back_to_defaults(state);
    assert_false(option_set("verbose", "1"));
    assert_false(option_set("guard", "off"));
    assert_false(option_set("purge_delay", "soon"));
    assert_false(option_set("purge", "1"));
    assert_false(option_set("", ""));
    assert_all_are_defaults();
}

static void read_faulty_environment(void)
{
    READ("IKYO_PERTURB=3", "IKYO_OPTIONS=colour=red,purge_delay=soon,perturb=2", "IKYO_THP=maybe",
         "MALLOC_CHECK_=much", "MALLOC_TOP_PAD_=what", "IKYO_WHAT=1");
    _exit(options.perturb == 3 ? 0 : 1);
}

static void read_faulty_environment_verbosely(void)
{
    options.verbose = 1;
    read_faulty_environment();
}

static void faults_are_silent_by_default(void **state)
{
    struct child child = child_run(read_faulty_environment);

    (void)state;
    assert_string_equal(child.text, "");
    assert_int_equal(child.status, 0);
}

static void faults_when_verbose_are_named_once_each(void **state)
{
    struct child child = child_run(read_faulty_environment_verbosely);

    (void)state;
    assert_string_equal(child.text, "ikyoalloc: option 'MALLOC_CHECK_' cannot be 'much'\n"
                                    "ikyoalloc: unknown option 'colour'\n"
                                    "ikyoalloc: option 'purge_delay' cannot be 'soon'\n"
                                    "ikyoalloc: option 'THP' cannot be 'maybe'\n"
                                    "ikyoalloc: unknown option 'WHAT'\n");
    assert_int_equal(child.status, 0);
}

static void print_manual(char *buffer)
{
    struct text t;

    text_init(&t, buffer, MANUAL_SIZE);
    option_print(&t);
    text_terminate(&t);
    assert_in_range(t.length, 1, MANUAL_SIZE - 1);
}

static void manual_holds_the_printed_table(void **state)
{
    static char manual[MANUAL_SIZE];
    static char table[MANUAL_SIZE];
    char path[4096];
    FILE *file;

    (void)state;
    snprintf(path, sizeof path, "%s", __FILE__);
    *strrchr(path, '/') = '\0';
    strcat(path, "/../../docs/options.md");
    file = fopen(path, "r");
    assert_non_null(file);
    manual[fread(manual, 1, sizeof manual - 1, file)] = '\0';
    fclose(file);
    print_manual(table);
    assert_non_null(strstr(manual, table));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(options_before_init_are_the_defaults, back_to_defaults),
        cmocka_unit_test_setup(init_without_our_variables_changes_nothing, back_to_defaults),
        cmocka_unit_test_setup(init_when_secure_ignores_the_environment, back_to_defaults),
        cmocka_unit_test_setup(single_variables_set_their_options, back_to_defaults),
        cmocka_unit_test_setup(string_variable_sets_a_list, back_to_defaults),
        cmocka_unit_test_setup(later_sources_win_whatever_their_place, back_to_defaults),
        cmocka_unit_test_setup(sizes_take_suffixes_in_any_case, back_to_defaults),
        cmocka_unit_test_setup(times_take_milliseconds_and_seconds, back_to_defaults),
        cmocka_unit_test_setup(paths_are_kept_when_the_variable_is_gone, back_to_defaults),
        cmocka_unit_test_setup(path_without_room_is_not_understood, back_to_defaults),
        cmocka_unit_test_setup(bad_values_leave_the_option_alone, back_to_defaults),
        cmocka_unit_test_setup(largest_number_is_understood, back_to_defaults),
        cmocka_unit_test_setup(glibc_variables_set_their_counterparts, back_to_defaults),
        cmocka_unit_test_setup(glibc_extremes_keep_their_meaning, back_to_defaults),
        cmocka_unit_test_setup(glibc_check_bits_choose_the_action, back_to_defaults),
        cmocka_unit_test_setup(option_set_changes_live_options_only, back_to_defaults),
        cmocka_unit_test_setup(faults_are_silent_by_default, back_to_defaults),
        cmocka_unit_test_setup(faults_when_verbose_are_named_once_each, back_to_defaults),
        cmocka_unit_test(manual_holds_the_printed_table),
    };

    if (argc == 2 && strcmp(argv[1], "--print") == 0) {
        static char table[MANUAL_SIZE];

        print_manual(table);
        fputs(table, stdout);
        return 0;
    }
    memcpy(defaults, &options, sizeof defaults);
    return cmocka_run_group_tests_name("option", tests, NULL, NULL);
}
