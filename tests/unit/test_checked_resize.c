// SPDX-License-Identifier: MIT
// Correct changes of length in the checked modes: contents, places, and what failure leaves.
#include "core_checked.h"

static void contents_survive_every_change_of_length(void)
{
    start_checked();
    for (size_t i = 1; i < SIZES; i++)
        for (size_t j = 1; j < SIZES; j++) {
            size_t kept = sizes[i] < sizes[j] ? sizes[i] : sizes[j];
            char *p = take(sizes[i]);

            memset(p, 'a', sizes[i]);
            p = alloc_resize(p, sizes[j]);
            require(p != NULL && core_reads_only(p, kept, 'a'));
            require_equal(alloc_usable_size(p), sizes[j]);
            memset(p, 'b', sizes[j]);
            require_equal(checked_look_at_all(CALL_CHECK_HEAP), 0);
            free_block(p);
        }
    expect_nothing_found();
}

static void block_in_full_moves_with_every_change_of_length(void)
{
    start_checked();
    for (size_t i = 1; i < SIZES; i++) {
        char *p = take(sizes[i]);
        char *q = alloc_resize(p, sizes[i] + 1);

        if (in_full())
            require(q != p);
        free_block(q);
    }
    expect_nothing_found();
}

static void hardened_block_changes_in_place_and_grows_by_zeros(void)
{
    char *p, *q;

    checked_in = "hardened";
    start_checked();
    p = take(1000);
    memset(p, 'a', 1000);
    require(alloc_resize(p, 700) == p);
    require_equal(alloc_usable_size(p), 700);
    require(alloc_resize(p, 1000) == p);
    require(core_reads_only(p, 700, 'a') && core_reads_only(p + 700, 300, 0));
    q = alloc_resize(p, 100);
    require(q != p && core_reads_only(q, 100, 'a'));
    free_block(q);
    expect_nothing_found();
}

static void hardened_run_grows_in_place_and_by_zeros_where_it_had_room(void)
{
    char *p;

    checked_in = "hardened";
    start_checked();
    p = take(100000);
    memset(p, 'a', 100000);
    p = alloc_resize(p, 100100);
    require(core_reads_only(p, 100000, 'a') && core_reads_only(p + 100000, 100, 0));
    free_block(p);
    expect_nothing_found();
}

static void resize_of_null_takes_and_to_zero_gives(void)
{
    char *p;

    start_checked();
    p = alloc_resize(NULL, 100);
    require(p != NULL && alloc_usable_size(p) == 100);
    require(alloc_resize(p, 0) == NULL);
    require(core_reads_only(p, 100, byte_of_freed()));
    expect_nothing_found();
}

static void resize_that_fails_leaves_the_block_as_it_was(void)
{
    start_checked();
    for (size_t i = 1; i < SIZES; i++) {
        char *p = take(sizes[i]);

        memset(p, 'a', sizes[i]);
        errno = 0;
        require(alloc_resize(p, CORE_LARGEST) == NULL && errno == ENOMEM);
        require(alloc_resize(p, CORE_IMPOSSIBLE) == NULL);
        require(alloc_resize(p, SIZE_MAX) == NULL && errno == ENOMEM);
        require(core_reads_only(p, sizes[i], 'a'));
        require_equal(alloc_usable_size(p), sizes[i]);
        free_block(p);
    }
    expect_nothing_found();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_both(contents_survive_every_change_of_length),
        in_both(block_in_full_moves_with_every_change_of_length),
        alone(hardened_block_changes_in_place_and_grows_by_zeros),
        alone(hardened_run_grows_in_place_and_by_zeros_where_it_had_room),
        in_both(resize_of_null_takes_and_to_zero_gives),
        in_both(resize_that_fails_leaves_the_block_as_it_was),
    };

    return cmocka_run_group_tests_name("checked_resize", tests, NULL, NULL);
}
