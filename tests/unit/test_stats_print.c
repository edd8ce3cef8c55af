// SPDX-License-Identifier: MIT
// The three public forms of the figures, over known figures: this file stands
// in for what collects them.
#include "stats.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { FIGURES = sizeof(struct ikyo_stats) / sizeof(uint64_t) - 1 };

static uint64_t first_figure;

// Every figure is another number: first_figure, first_figure + 1, ...
void stats_collect(struct ikyo_stats *out)
{
    uint64_t figures[FIGURES + 1] = {0};

    for (size_t i = 1; i <= FIGURES; i++) {
        figures[i] = first_figure + i - 1;
    }
    memcpy(out, figures, sizeof figures);
}

static int small_figures(void **state)
{
    (void)state;
    first_figure = 100;
    return 0;
}

static int largest_figures(void **state)
{
    (void)state;
    first_figure = UINT64_MAX - FIGURES + 1;
    return 0;
}

static void stats_get_fills_all_and_says_its_version(void **state)
{
    struct ikyo_stats stats;

    (void)state;
    memset(&stats, 0xff, sizeof stats);
    assert_true(ikyo_stats_get(&stats, sizeof stats));
    assert_int_equal(stats.version, IKYO_STATS_VERSION);
    assert_int_equal(stats.live_bytes, 100);
    assert_int_equal(stats.pooled_caches, 100 + FIGURES - 1);
}

static void stats_get_for_an_older_program_stays_within_its_struct(void **state)
{
    uint64_t older[4] = {7, 7, 7, 7};

    (void)state;
    assert_true(ikyo_stats_get((struct ikyo_stats *)older, 3 * sizeof older[0]));
    assert_int_equal(older[0], IKYO_STATS_VERSION);
    assert_int_equal(older[2], 101);
    assert_int_equal(older[3], 7);
}

static void stats_get_for_a_newer_program_zeroes_what_is_unknown(void **state)
{
    struct {
        struct ikyo_stats known;
        uint64_t unknown[2];
    } newer;

    (void)state;
    memset(&newer, 0xff, sizeof newer);
    assert_true(ikyo_stats_get(&newer.known, sizeof newer));
    assert_int_equal(newer.known.live_bytes, 100);
    assert_int_equal(newer.unknown[0], 0);
    assert_int_equal(newer.unknown[1], 0);
}

static void stats_get_without_room_for_the_version_is_refused(void **state)
{
    struct ikyo_stats stats = {.version = 7};

    (void)state;
    assert_false(ikyo_stats_get(NULL, sizeof stats));
    assert_false(ikyo_stats_get(&stats, 0));
    assert_false(ikyo_stats_get(&stats, sizeof stats.version - 1));
    assert_int_equal(stats.version, 7);
}

static void json_holds_every_figure_under_its_name(void **state)
{
    char buffer[2048];
    size_t length = ikyo_stats_json(buffer, sizeof buffer);
    uint64_t expected = first_figure;
    const char *at;

    (void)state;
    assert_int_equal(length, strlen(buffer));
    at = buffer + strlen("{\"version\": 1");
    assert_memory_equal(buffer, "{\"version\": 1", (size_t)(at - buffer));
#define STAT(name, kind, unit, help)                                                               \
    assert_memory_equal(at, ", \"" #name "\": ", strlen(", \"" #name "\": "));                     \
    assert_true(strtoull(at + strlen(", \"" #name "\": "), (char **)&at, 10) == expected++);
#include "base/stat.def"
#undef STAT
    assert_string_equal(at, "}");
}

static void json_of_too_small_buffer_is_cut_and_says_its_length(void **state)
{
    char whole[2048];
    char part[21];
    size_t length = ikyo_stats_json(whole, sizeof whole);

    (void)state;
    memset(part, '#', sizeof part);
    assert_int_equal(ikyo_stats_json(NULL, 0), length);
    assert_int_equal(ikyo_stats_json(part, 20), length);
    assert_memory_equal(part, whole, 19);
    assert_int_equal(part[19], '\0');
    assert_int_equal(part[20], '#');
}

static void print_writes_a_line_for_every_figure(void **state)
{
    char buffer[8192];
    uint64_t expected = first_figure;
    size_t lines = 0;
    char *line = buffer;
    int ends[2];
    ssize_t got;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    errno = 77;
    ikyo_stats_print(ends[1]);
    assert_int_equal(errno, 77);
    got = read(ends[0], buffer, sizeof buffer - 1);
    assert_in_range(got, 1, sizeof buffer - 2);
    buffer[got] = '\0';
    close(ends[0]);
    close(ends[1]);
    for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1, lines++) {
        char name[64];
        unsigned long long value;

        assert_int_equal(sscanf(line, "%63[a-z_] %llu", name, &value), 2);
        assert_true(value == expected++);
    }
    assert_int_equal(lines, FIGURES);
    assert_string_equal(line, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(stats_get_fills_all_and_says_its_version, small_figures),
        cmocka_unit_test_setup(stats_get_for_an_older_program_stays_within_its_struct,
                               small_figures),
        cmocka_unit_test_setup(stats_get_for_a_newer_program_zeroes_what_is_unknown, small_figures),
        cmocka_unit_test_setup(stats_get_without_room_for_the_version_is_refused, small_figures),
        cmocka_unit_test_setup(json_holds_every_figure_under_its_name, small_figures),
        cmocka_unit_test_setup(json_holds_every_figure_under_its_name, largest_figures),
        cmocka_unit_test_setup(json_of_too_small_buffer_is_cut_and_says_its_length,
                               largest_figures),
        cmocka_unit_test_setup(print_writes_a_line_for_every_figure, small_figures),
        cmocka_unit_test_setup(print_writes_a_line_for_every_figure, largest_figures),
    };

    return cmocka_run_group_tests_name("stats_print", tests, NULL, NULL);
}
