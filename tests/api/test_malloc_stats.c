// SPDX-License-Identifier: MIT
// malloc_stats: a text on stderr, only when it is asked for.
#include "api.h"

#include <ctype.h>
#include <stdio.h>
#include <unistd.h>

// What `action` writes to the descriptor, as a string that the next call overwrites.
static const char *captured(int descriptor, void (*action)(void))
{
    static char text[65536];
    FILE *file = tmpfile();
    int saved = dup(descriptor);

    assert_non_null(file);
    assert_true(saved >= 0);
    fflush(NULL);
    assert_true(dup2(fileno(file), descriptor) >= 0);
    action();
    fflush(NULL);
    assert_true(dup2(saved, descriptor) >= 0);
    close(saved);
    rewind(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void allocate_everything(void)
{
    for (size_t size = 1; size < (size_t)128 * MIB; size *= 3) {
        void *p = call.malloc(size);
        void *q = call.calloc(1, size);
        call.free(q);
        p = call.realloc(p, size + size / 2);
        call.free(p);
        call.free(call.memalign(4096, size));
    }
    call.free(call.malloc(SIZE_MAX));
    malloc_trim(0);
}

static void malloc_stats_writes_figures_to_stderr(void **state)
{
    void *held = call.malloc(100000);

    (void)state;
    assert_non_null(held);
    const char *text = captured(STDERR_FILENO, malloc_stats);
    size_t length = strlen(text);
    size_t digits = 0;
    for (size_t i = 0; i < length; i++)
        digits += isdigit((unsigned char)text[i]) != 0;
    assert_true(length > 20);
    assert_true(digits > 3);
    assert_int_equal(text[length - 1], '\n');
    call.free(held);
}

static void malloc_stats_writes_nothing_to_stdout(void **state)
{
    (void)state;
    // The figures themselves would spoil the report of this test.
    int saved = dup(STDERR_FILENO);
    FILE *sink = tmpfile();
    assert_non_null(sink);
    assert_true(dup2(fileno(sink), STDERR_FILENO) >= 0);
    const char *text = captured(STDOUT_FILENO, malloc_stats);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    close(saved);
    fclose(sink);
    assert_string_equal(text, "");
}

static void ordinary_calls_are_silent(void **state)
{
    (void)state;
    assert_string_equal(captured(STDERR_FILENO, allocate_everything), "");
    assert_string_equal(captured(STDOUT_FILENO, allocate_everything), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malloc_stats_writes_figures_to_stderr),
        cmocka_unit_test(malloc_stats_writes_nothing_to_stdout),
        cmocka_unit_test(ordinary_calls_are_silent),
    };

    return cmocka_run_group_tests_name("malloc_stats", tests, NULL, NULL);
}
