// SPDX-License-Identifier: MIT
// Stacks as reports show them, and the commands that turn them into lines.
#include "debug/trace.h"

#include "stack_stand_in.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uintptr_t in_program[] = {0x1235, 0x1001, 0x1235};
static const uintptr_t in_both[] = {0x5ac1, 0x1235, 0x2001, 0x5ac2};
static const uintptr_t nowhere[] = {0x9001};

static struct modules modules;
static struct trace traces[3];
static char buffer[4096];
static struct text t;

static int set_up(void **state)
{
    (void)state;
    SET_STACK(1, in_program);
    SET_STACK(2, in_both);
    SET_STACK(3, nowhere);
    stand_in_program = "/usr/bin/prog";
    modules_read(&modules);
    for (uint32_t i = 0; i < 3; i++) {
        trace_read(&traces[i], i + 1, &modules);
    }
    text_init(&t, buffer, sizeof buffer);
    return 0;
}

static const char *content(void)
{
    text_terminate(&t);
    return buffer;
}

static void frames_are_the_ends_of_calls_in_their_modules(void **state)
{
    (void)state;
    trace_add(&t, &traces[1]);
    assert_string_equal(content(), "    #0 /lib/libc.so.6+0xac0\n"
                                   "    #1 /usr/bin/prog+0x234\n"
                                   "    #2 0x2000\n"
                                   "    #3 /lib/libc.so.6+0xac1\n");
}

static void unknown_stack_adds_nothing(void **state)
{
    (void)state;
    trace_read(&traces[0], 0, &modules);
    assert_int_equal(traces[0].count, 0);
    trace_add(&t, &traces[0]);
    trace_add_commands(&t, traces, 1);
    assert_string_equal(content(), "");
}

static void modules_that_cannot_be_read_leave_the_addresses(void **state)
{
    static struct modules none;

    (void)state;
    trace_read(&traces[0], 1, &none);
    trace_add(&t, &traces[0]);
    trace_add_commands(&t, traces, 1);
    assert_string_equal(content(), "    #0 0x1234\n    #1 0x1000\n    #2 0x1234\n");
}

static void stack_of_many_frames_shows_the_first(void **state)
{
    static uintptr_t many[STACK_FRAMES + 1];
    static const char last[] = "    #23 0x0\n";

    (void)state;
    for (size_t i = 0; i <= STACK_FRAMES; i++) {
        many[i] = 1;
    }
    SET_STACK(4, many);
    trace_read(&traces[0], 4, &modules);
    trace_add(&t, &traces[0]);
    assert_string_equal(content() + t.length - strlen(last), last);
}

static void commands_name_each_place_of_each_module_once(void **state)
{
    (void)state;
    trace_add_commands(&t, traces, 3);
    assert_string_equal(content(), "  lines: addr2line -Cfpie /usr/bin/prog 0x234 0x0\n"
                                   "  lines: addr2line -Cfpie /lib/libc.so.6 0xac0 0xac1\n");
}

static void command_quotes_what_a_shell_would_take_apart(void **state)
{
    (void)state;
    stand_in_program = "/home/o'neill/a b;$(c)";
    trace_read(&traces[0], 1, &modules);
    trace_add_commands(&t, traces, 1);
    assert_string_equal(content(),
                        "  lines: addr2line -Cfpie '/home/o'\\''neill/a b;$(c)' 0x234 0x0\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(frames_are_the_ends_of_calls_in_their_modules, set_up),
        cmocka_unit_test_setup(unknown_stack_adds_nothing, set_up),
        cmocka_unit_test_setup(modules_that_cannot_be_read_leave_the_addresses, set_up),
        cmocka_unit_test_setup(stack_of_many_frames_shows_the_first, set_up),
        cmocka_unit_test_setup(commands_name_each_place_of_each_module_once, set_up),
        cmocka_unit_test_setup(command_quotes_what_a_shell_would_take_apart, set_up),
    };

    return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
