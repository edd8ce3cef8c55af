// SPDX-License-Identifier: MIT
// The rows of memory in reports, word for word, and that nothing beyond them is read.
#include "debug/hexdump.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

// One page to read, at an address that is known, between two that are not.
static const uintptr_t base = 0x20010000;
static size_t page;
static char buffer[8192];
static struct text t;

static int map_page(void **state)
{
    char *p;

    (void)state;
    page = (size_t)sysconf(_SC_PAGESIZE);
    p = mmap((void *)(base - page), 3 * page, PROT_NONE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (p != (char *)(base - page)) {
        return 1;
    }
    return mprotect(p + page, page, PROT_READ | PROT_WRITE);
}

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < page; i++) {
        ((char *)base)[i] = (char)('a' + i / 16 % 26);
    }
    text_init(&t, buffer, sizeof buffer);
    return 0;
}

static const char *dump(struct span shown, struct span damage, bool color)
{
    hexdump_add(&t, shown, damage, color);
    text_terminate(&t);
    return buffer;
}

static size_t count_rows(const char *text)
{
    size_t count = 0;

    while ((text = strstr(text, "|\n")) != NULL) {
        text += 2;
        count++;
    }
    return count;
}

static const struct span all = {0x20010000, 0x20011000};

static void damage_in_a_row_has_marks_and_two_rows_around(void **state)
{
    (void)state;
    memcpy((char *)base + 0x44, "\x01 ~\x7f\xff", 5);
    assert_string_equal(
        dump(all, (struct span){base + 0x44, base + 0x49}, false),
        "    0x20010020: 63 63 63 63 63 63 63 63 63 63 63 63 63 63 63 63 |cccccccccccccccc|\n"
        "    0x20010030: 64 64 64 64 64 64 64 64 64 64 64 64 64 64 64 64 |dddddddddddddddd|\n"
        "    0x20010040: 65 65 65 65 01 20 7e 7f ff 65 65 65 65 65 65 65 |eeee. ~..eeeeeee|\n"
        "                            ^^ ^^ ^^ ^^ ^^\n"
        "    0x20010050: 66 66 66 66 66 66 66 66 66 66 66 66 66 66 66 66 |ffffffffffffffff|\n"
        "    0x20010060: 67 67 67 67 67 67 67 67 67 67 67 67 67 67 67 67 |gggggggggggggggg|\n");
}

static void damage_over_rows_has_marks_below_each(void **state)
{
    (void)state;
    assert_string_equal(
        dump((struct span){base + 0x10, base + 0x30}, (struct span){base + 0x1f, base + 0x22},
             false),
        "    0x20010010: 62 62 62 62 62 62 62 62 62 62 62 62 62 62 62 62 |bbbbbbbbbbbbbbbb|\n"
        "                                                             ^^\n"
        "    0x20010020: 63 63 63 63 63 63 63 63 63 63 63 63 63 63 63 63 |cccccccccccccccc|\n"
        "                ^^ ^^\n");
}

static void damage_of_a_whole_row_has_marks_below_that_row_only(void **state)
{
    (void)state;
    assert_string_equal(
        dump((struct span){base, base + 0x30}, (struct span){base + 0x10, base + 0x20}, false),
        "    0x20010000: 61 61 61 61 61 61 61 61 61 61 61 61 61 61 61 61 |aaaaaaaaaaaaaaaa|\n"
        "    0x20010010: 62 62 62 62 62 62 62 62 62 62 62 62 62 62 62 62 |bbbbbbbbbbbbbbbb|\n"
        "                ^^ ^^ ^^ ^^ ^^ ^^ ^^ ^^ ^^ ^^ ^^ ^^ ^^ ^^ ^^ ^^\n"
        "    0x20010020: 63 63 63 63 63 63 63 63 63 63 63 63 63 63 63 63 |cccccccccccccccc|\n");
}

static void color_is_on_damaged_bytes_and_marks(void **state)
{
    (void)state;
    assert_string_equal(
        dump((struct span){base, base + 16}, (struct span){base + 1, base + 3}, true),
        "    0x20010000: 61 \033[31m61\033[m \033[31m61\033[m 61 61 61 61 61 61 61 61 61 61 61 61 "
        "61 |aaaaaaaaaaaaaaaa|\n"
        "\033[31m                   ^^ ^^\033[m\n");
}

static void rows_beyond_the_pages_are_not_read(void **state)
{
    const uintptr_t end = base + page;

    (void)state;
    assert_int_equal(
        count_rows(dump((struct span){base, end}, (struct span){base, base + 1}, false)), 3);
    text_init(&t, buffer, sizeof buffer);
    assert_int_equal(count_rows(dump((struct span){base, end}, (struct span){end - 1, end}, false)),
                     3);
}

static void damage_of_many_rows_is_cut_and_counted(void **state)
{
    static const char rest[] = "    and 160 damaged bytes more\n";
    const char *text = dump(all, (struct span){base + 0x40, base + 0x40 + 320}, false);

    (void)state;
    assert_int_equal(count_rows(text), 12);
    assert_string_equal(text + strlen(text) - strlen(rest), rest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(damage_in_a_row_has_marks_and_two_rows_around, set_up),
        cmocka_unit_test_setup(damage_over_rows_has_marks_below_each, set_up),
        cmocka_unit_test_setup(damage_of_a_whole_row_has_marks_below_that_row_only, set_up),
        cmocka_unit_test_setup(color_is_on_damaged_bytes_and_marks, set_up),
        cmocka_unit_test_setup(rows_beyond_the_pages_are_not_read, set_up),
        cmocka_unit_test_setup(damage_of_many_rows_is_cut_and_counted, set_up),
    };

    return cmocka_run_group_tests_name("hexdump", tests, map_page, NULL);
}
