// SPDX-License-Identifier: MIT
// Rows that were found already: they come back as they were, or not at all.
#include "debug/cfi_rows.h"

#include "os/frame.h"

#include "core.h"

#include <cmocka.h>

enum { ROUNDS = 20000, PLACES = 3000, THREADS = 4 };

static const char table[2];

static int64_t number(struct core_random *r, int64_t half)
{
    return (int64_t)core_random_below(r, 2 * (size_t)half) - half;
}

static struct cfi_row any_row(struct core_random *r)
{
    struct cfi_row row = {
        .cfa = core_random_below(r, 2) ? CFI_CFA_IS_SUM : CFI_CFA_IS_THERE,
        .cfa_register = core_random_below(r, 2) ? FRAME_SP : FRAME_FP,
        .cfa_offset = number(r, 1 << 23),
        .fp = {(enum cfi_place)core_random_below(r, 3), number(r, 1 << 15)},
        .ra = {core_random_below(r, 2) ? CFI_SAVED : CFI_UNDEFINED, number(r, 1 << 15)},
    };

    return row;
}

static void require_same(const struct cfi_row *a, const struct cfi_row *b)
{
    require_equal(a->cfa, b->cfa);
    require_equal(a->cfa_register, b->cfa_register);
    require_equal(a->cfa_offset, b->cfa_offset);
    require_equal(a->fp.place, b->fp.place);
    require_equal(a->fp.offset, b->fp.offset);
    require_equal(a->ra.place, b->ra.place);
    require_equal(a->ra.offset, b->ra.offset);
}

static void row_comes_back_as_it_was(void)
{
    struct core_random r = core_random_start();

    for (uintptr_t i = 0; i < ROUNDS; i++) {
        struct cfi_row row = any_row(&r), got;

        cfi_rows_put(table, i, &row);
        require(cfi_rows_get(table, i, &got));
        require_same(&got, &row);
    }
}

static void limits_of_numbers_come_back(void)
{
    static const int64_t cfa[] = {-(1 << 23), (1 << 23) - 1, 0};
    static const int64_t saved[] = {-(1 << 15), (1 << 15) - 1, 0};

    for (int i = 0; i < 3; i++) {
        struct cfi_row row = {CFI_CFA_IS_SUM, FRAME_SP, cfa[i], {CFI_SAVED, saved[i]},
                              {CFI_SAVED, saved[2 - i]}}, got;

        cfi_rows_put(table, 77, &row);
        require(cfi_rows_get(table, 77, &got));
        require_same(&got, &row);
    }
}

static void rows_of_unusual_kinds_are_not_kept(void)
{
    static const struct cfi_row usual = {CFI_CFA_IS_SUM, FRAME_SP, 16, {CFI_SAME, 0},
                                         {CFI_SAVED, -8}};
    struct cfi_row rows[8], got;

    for (int i = 0; i < 8; i++)
        rows[i] = usual;
    rows[0].cfa = CFI_CFA_UNKNOWN;
    rows[1].cfa_register = 99;
    rows[2].cfa_offset = 1 << 23;
    rows[3].cfa_offset = -(1 << 23) - 1;
    rows[4].fp.place = CFI_ELSEWHERE;
    rows[5].ra.place = CFI_SAME;
    rows[6].ra.offset = 1 << 15;
    rows[7].fp.offset = -(1 << 15) - 1;
    for (uintptr_t i = 0; i < 8; i++) {
        cfi_rows_put(table, i, &rows[i]);
        require(!cfi_rows_get(table, i, &got));
    }
    cfi_rows_put(table, 8, &usual);
    require(cfi_rows_get(table, 8, &got));
}

static void other_places_and_other_tables_are_not_known(void)
{
    struct core_random r = core_random_start();
    struct cfi_row row = any_row(&r), got;

    cfi_rows_put(table, 5, &row);
    for (uintptr_t i = 0; i < ROUNDS; i++)
        require(cfi_rows_get(table, i, &got) == (i == 5));
    require(!cfi_rows_get(table + 1, 5, &got));
}

// Rows whose parts all say of which place they are.
static struct cfi_row row_of(uintptr_t place)
{
    int64_t n = (int64_t)place;

    return (struct cfi_row){CFI_CFA_IS_SUM, FRAME_SP, n, {CFI_SAVED, -n}, {CFI_SAVED, n}};
}

static void *put_and_get(void *arg)
{
    struct core_random r = {(uintptr_t)arg + 1};

    for (int i = 0; i < ROUNDS; i++) {
        uintptr_t place = core_random_below(&r, PLACES);
        struct cfi_row row = row_of(place), got;

        if (cfi_rows_get(table, place, &got))
            require_same(&got, &row);
        else
            cfi_rows_put(table, place, &row);
    }
    return NULL;
}

static void threads_never_see_mixed_rows(void)
{
    pthread_t threads[THREADS];

    core_start_threads(threads, THREADS, put_and_get);
    core_join_threads(threads, THREADS);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(row_comes_back_as_it_was),
        alone(limits_of_numbers_come_back),
        alone(rows_of_unusual_kinds_are_not_kept),
        alone(other_places_and_other_tables_are_not_known),
        alone(threads_never_see_mixed_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
