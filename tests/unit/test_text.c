// SPDX-License-Identifier: MIT
// The text buffer of base/text.h.
#include "base/text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char buffer[64];
static struct text t;

static int fresh_text(void **state)
{
    (void)state;
    memset(buffer, '#', sizeof buffer);
    text_init(&t, buffer, sizeof buffer);
    return 0;
}

static const char *content(void)
{
    text_terminate(&t);
    return buffer;
}

static void text_without_additions_is_empty(void **state)
{
    (void)state;
    assert_int_equal(t.length, 0);
    assert_string_equal(content(), "");
}

static void text_add_appends_in_order(void **state)
{
    (void)state;
    text_add(&t, "one ");
    text_add(&t, "");
    text_add_bytes(&t, "two three", 3);
    assert_string_equal(content(), "one two");
    assert_int_equal(t.length, 7);
}

static void text_add_uint_writes_every_magnitude(void **state)
{
    (void)state;
    text_add_uint(&t, 0);
    text_add(&t, " ");
    text_add_uint(&t, 10);
    text_add(&t, " ");
    text_add_uint(&t, UINT64_MAX);
    assert_string_equal(content(), "0 10 18446744073709551615");
}

static void text_add_hex_writes_lower_case_without_prefix(void **state)
{
    (void)state;
    text_add_hex(&t, 0);
    text_add(&t, " ");
    text_add_hex(&t, 0x1a2b3c4d5e6f7089);
    assert_string_equal(content(), "0 1a2b3c4d5e6f7089");
}

static void text_add_pointer_has_prefix_also_for_null(void **state)
{
    (void)state;
    text_add_pointer(&t, NULL);
    text_add(&t, " ");
    text_add_pointer(&t, (void *)(uintptr_t)0x7f12);
    assert_string_equal(content(), "0x0 0x7f12");
}

static void text_add_size_uses_largest_exact_suffix(void **state)
{
    static const struct {
        size_t size;
        const char *text;
    } rows[] = {
        {0, "0"},
        {1, "1"},
        {1023, "1023"},
        {1024, "1k"},
        {1025, "1025"},
        {1536 * 1024, "1536k"},
        {1 << 20, "1m"},
        {(size_t)3 << 30, "3g"},
        {(size_t)(UINT64_C(1) << 40), sizeof(size_t) == 4 ? "0" : "1024g"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fresh_text(state);
        text_add_size(&t, rows[i].size);
        assert_string_equal(content(), rows[i].text);
    }
}

static void text_pad_fills_up_to_length_and_no_further(void **state)
{
    (void)state;
    text_add(&t, "ab");
    text_pad(&t, 5);
    text_add(&t, "c");
    text_pad(&t, 3);
    assert_string_equal(content(), "ab   c");
}

static void text_beyond_capacity_is_dropped_but_counted(void **state)
{
    (void)state;
    text_init(&t, buffer, 8);
    text_add(&t, "12345");
    assert_int_equal(text_size(&t), 5);
    text_add(&t, "67890");
    text_add_uint(&t, 77);
    assert_int_equal(t.length, 12);
    assert_int_equal(text_size(&t), 8);
    assert_memory_equal(buffer, "12345678#", 9);
    text_terminate(&t);
    assert_memory_equal(buffer, "1234567\0#", 9);
}

static void text_of_no_capacity_only_counts(void **state)
{
    (void)state;
    text_init(&t, NULL, 0);
    text_add(&t, "12345");
    text_pad(&t, 9);
    text_terminate(&t);
    assert_int_equal(t.length, 9);
}

static void text_write_sends_what_fitted_and_keeps_errno(void **state)
{
    char got[32];
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    text_init(&t, buffer, 8);
    text_add(&t, "1234567890");
    errno = 77;
    text_write(&t, ends[1]);
    text_write(&t, -1);
    assert_int_equal(errno, 77);
    assert_int_equal(read(ends[0], got, sizeof got), 8);
    assert_memory_equal(got, "12345678", 8);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(text_without_additions_is_empty, fresh_text),
        cmocka_unit_test_setup(text_add_appends_in_order, fresh_text),
        cmocka_unit_test_setup(text_add_uint_writes_every_magnitude, fresh_text),
        cmocka_unit_test_setup(text_add_hex_writes_lower_case_without_prefix, fresh_text),
        cmocka_unit_test_setup(text_add_pointer_has_prefix_also_for_null, fresh_text),
        cmocka_unit_test_setup(text_add_size_uses_largest_exact_suffix, fresh_text),
        cmocka_unit_test_setup(text_pad_fills_up_to_length_and_no_further, fresh_text),
        cmocka_unit_test_setup(text_beyond_capacity_is_dropped_but_counted, fresh_text),
        cmocka_unit_test_setup(text_of_no_capacity_only_counts, fresh_text),
        cmocka_unit_test_setup(text_write_sends_what_fitted_and_keeps_errno, fresh_text),
    };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
