// SPDX-License-Identifier: MIT
// Spaces in the checked modes: their blocks are looked at as those of malloc are, but are never
// held back, so that the end of a space is the end of all that is known of them.
#include "core_checked.h"

#include "ikyoalloc/ikyoalloc.h"
#include "space.h"
#include "vm/pages.h"

enum { MANY = 500, SIZE = 100 };

static struct ikyo_space *space;

static void start(void)
{
    start_checked();
    space = ikyo_space_create(NULL);
    require(space != NULL);
}

static char *take_of_space(size_t size)
{
    char *p = ikyo_space_alloc(space, size);

    require(p != NULL && ikyo_space_owns(space, p));
    require_equal(alloc_usable_size(p), size);
    require(core_reads_only(p, size, byte_of_new()));
    return p;
}

static void sound_blocks_of_all_sizes_are_not_reported(void)
{
    start();
    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < SIZES; i++) {
            char *p = take_of_space(sizes[i]);

            memset(p, 1, sizes[i]);
            if (round % 2)
                free_block(p);
            else
                ikyo_space_free(space, p);
            require_equal(ikyo_space_stats(space).blocks, 0);
            require_equal(ikyo_space_stats(space).bytes, 0);
        }
    expect_nothing_found();
    require_equal(checked_look_at_all(CALL_CHECK_HEAP), 0);
}

static void realloc_stays_in_the_space(void)
{
    start();
    for (size_t from = 0; from < SIZES; from++)
        for (size_t to = 0; to < SIZES; to++) {
            size_t size = sizes[to] + 1, both = sizes[from] < size ? sizes[from] : size;
            char *p = take_of_space(sizes[from]);

            memset(p, 3, sizes[from]);
            p = to % 2 ? alloc_resize(p, size) : ikyo_space_realloc(space, p, size);
            require(p != NULL && ikyo_space_owns(space, p));
            require(core_reads_only(p, both, 3));
            require_equal(ikyo_space_stats(space).blocks, 1);
            ikyo_space_free(space, p);
        }
    expect_nothing_found();
}

static void zeroed_and_aligned_blocks_are_both(void)
{
    start();
    for (size_t i = 0; i < SIZES; i++) {
        char *p = ikyo_space_alloc_zeroed(space, 1, sizes[i]);
        char *q = ikyo_space_alloc_aligned(space, sizes[i], 4096);

        require(core_reads_only(p, sizes[i], 0));
        require_equal((uintptr_t)q % 4096, 0);
        free_block(p);
        ikyo_space_free(space, q);
    }
    expect_nothing_found();
}

static void second_free_is_a_double_free(void)
{
    start();
    for (size_t i = 0; i < SIZES; i++)
        for (int plain = 0; plain < 2; plain++) {
            char *p = take_of_space(sizes[i]);

            ikyo_space_free(space, p);
            if (plain)
                free_block(p);
            else
                ikyo_space_free(space, p);
            expect_found(FOUND_DOUBLE_FREE, p);
            require_equal(found[0].call, plain ? CALL_FREE : CALL_SPACE_FREE);
        }
}

static void overflow_is_found_by_the_free(void)
{
    start();
    for (size_t i = 0; i < SIZES; i++) {
        char *p = take_of_space(sizes[i]);

        if (sizes[i] % BLOCK_ALIGNMENT == BLOCK_ALIGNMENT - TAG_BYTES)
            continue; // the tag is what is overwritten
        p[sizes[i]] ^= 1;
        ikyo_space_free(space, p);
        expect_found(FOUND_OVERFLOW, p);
    }
}

static void overflow_is_found_by_the_end_of_the_space(void)
{
    for (size_t i = 0; i < SIZES; i++) {
        char *p;

        start();
        p = take_of_space(sizes[i]);
        take_of_space(SIZE);
        if (sizes[i] % BLOCK_ALIGNMENT == BLOCK_ALIGNMENT - TAG_BYTES)
            continue;
        p[sizes[i]] ^= 1;
        if (i % 2)
            ikyo_space_destroy(space);
        else
            ikyo_space_reset(space);
        expect_found(FOUND_OVERFLOW, p);
        require_equal(found[0].call, CALL_SPACE_END);
    }
}

static void write_after_free_is_found_when_the_block_goes_out_again(void)
{
    char *p;

    start();
    take_of_space(SIZE);
    p = take_of_space(SIZE);
    ikyo_space_free(space, p);
    p[50] = 1;
    for (int i = 0; i < MANY && atomic_load(&found_count) == 0; i++)
        ikyo_space_alloc(space, SIZE);
    expect_found(FOUND_WRITE_AFTER_FREE, p);
}

static void block_of_another_family_is_told(void)
{
    char *p;

    start();
    p = take_of_space(SIZE);
    free_block_for(p, CALL_DELETE);
    expect_found(FOUND_FAMILY_MISMATCH, p);
}

static void *blocks[MANY];
static _Atomic(int) stage;

static void wait_for(int value)
{
    while (atomic_load(&stage) < value)
        usleep(200);
}

static void *free_half(void *arg)
{
    for (int i = 0; i < MANY; i += 2)
        free_block(blocks[i]);
    atomic_store(&stage, 1);
    wait_for(2);
    // Whatever it held back of them would be looked at now.
    for (int i = 0; i < MANY; i++)
        free_block(take(SIZE));
    checked_flush();
    return arg;
}

static void blocks_that_others_freed_end_with_the_space(void)
{
    size_t records;
    pthread_t thread;

    start();
    free_block(take(SIZE));
    checked_flush();
    records = record_count();
    for (int i = 0; i < MANY; i++)
        memset(blocks[i] = take_of_space(sizes[i % SIZES]), 1, sizes[i % SIZES]);
    core_start_threads(&thread, 1, free_half);
    wait_for(1);
    ikyo_space_destroy(space);
    require_equal(record_count(), records);
    for (int i = 0; i < MANY; i++)
        memset(take(SIZE), 0xff, SIZE);
    atomic_store(&stage, 2);
    core_join_threads(&thread, 1);
    require_equal(checked_look_at_all(CALL_CHECK_HEAP), 0);
    expect_nothing_found();
}

static char *freed_elsewhere;

// The block has no life by now, and what the program wrote into it.
static void let_the_other_look(void)
{
    atomic_store(&stage, 1);
    wait_for(2);
}

static void *free_as_first_call(void *arg)
{
    free_block_for(freed_elsewhere, CALL_DELETE);
    return arg;
}

// A thread counts as one from its first call on, also if that is a free.
static void block_that_a_new_thread_is_freeing_is_not_taken_for_written(void)
{
    pthread_t thread;

    start();
    take_of_space(SIZE);
    freed_elsewhere = memset(take_of_space(SIZE), 1, SIZE);
    on_finding = let_the_other_look;
    core_start_threads(&thread, 1, free_as_first_call);
    wait_for(1);
    on_finding = NULL;
    checked_look_at_all(CALL_CHECK_HEAP);
    atomic_store(&stage, 2);
    core_join_threads(&thread, 1);
    expect_found(FOUND_FAMILY_MISMATCH, freed_elsewhere);
}

static void limit_is_kept_with_what_the_tag_takes(void)
{
    size_t count = 0;

    start();
    ikyo_space_set_limit(space, 64 * KIB);
    while (ikyo_space_alloc(space, SIZE) != NULL)
        count++;
    require(count > 64 * KIB / 2 / SIZE && count < 64 * KIB / SIZE);
    require(errno == ENOMEM);
    require(ikyo_space_stats(space).bytes <= 64 * KIB);
    expect_nothing_found();
}

// There is no room for a copy, and at last not even the memory.
static void block_that_cannot_move_shrinks_where_it_lies(void)
{
    start();
    for (size_t i = 0; i < SIZES; i++) {
        char *p = take_of_space(sizes[i] + 2);

        memset(p, 7, sizes[i] + 2);
        ikyo_space_set_limit(space, 1);
        require(ikyo_space_realloc(space, p, sizes[i] + 1) == p);
        require_equal(alloc_usable_size(p), sizes[i] + 1);
        require(ikyo_space_realloc(space, p, 1) == p);
        require_equal(alloc_usable_size(p), 1);
        require_equal(*p, 7);
        require(ikyo_space_realloc(space, p, 2 * sizes[i] + 100) == NULL);
        p[1] ^= 1;
        ikyo_space_free(space, p);
        expect_found(FOUND_OVERFLOW, p);
        ikyo_space_set_limit(space, 0);
    }
    require_equal(checked_look_at_all(CALL_CHECK_HEAP), 0);
}

// Nothing is written behind it, nor stays charged.
static void large_block_that_cannot_move_gives_back_its_end(void)
{
    static const size_t lengths[][2] = {{100 * MIB, 30 * MIB}, {100 * MIB, 1}, {MIB, 100 * KIB}};

    start();
    for (int i = 0; i < 3; i++) {
        size_t from = lengths[i][0], to = lengths[i][1];
        char *p = ikyo_space_alloc(space, from);

        p[0] = 7;
        ikyo_space_set_limit(space, ikyo_space_stats(space).bytes);
        require(ikyo_space_realloc(space, p, to) == p);
        require_equal(alloc_usable_size(p), to);
        require(*p == 7);
        require(ikyo_space_stats(space).bytes <= pages_round(to + 2 * UNIT));
        require(ikyo_space_alloc(space, from / 2) != NULL);
        require_equal(checked_look_at_all(CALL_CHECK_HEAP), 0);
        checked_free_told(p, to, 0, CALL_FREE_SIZED);
        ikyo_space_reset(space);
        ikyo_space_set_limit(space, 0);
    }
    expect_nothing_found();
}

// They have no tags, nor have those that fill up their slabs.
static void spaces_older_than_the_options_are_served(void)
{
    static char full[] = "IKYO_CHECK=full", hardened[] = "IKYO_CHECK=hardened";
    char *late[] = {in_full() ? full : hardened, NULL};
    char *old[SIZES];

    environ = NULL;
    space = ikyo_space_create(NULL);
    for (size_t i = 0; i < SIZES; i++)
        memset(old[i] = ikyo_space_alloc(space, sizes[i]), 'a', sizes[i]);
    environ = late;
    init_ensure();
    require(checked_mode());
    require(ikyo_option_set("on_error", "warn"));
    for (size_t i = 0; i < SIZES; i++) {
        char *new = ikyo_space_alloc(space, sizes[i]);

        memset(new, 'b', sizes[i]);
        require(core_reads_only(old[i], sizes[i], 'a'));
        if (i % 3 == 0)
            free_block(old[i]);
        else if (i % 3 == 1)
            ikyo_space_free(space, ikyo_space_realloc(space, old[i], 3 * sizes[i] + 1));
    }
    ikyo_space_destroy(space);
    expect_nothing_found();
    require_equal(checked_look_at_all(CALL_CHECK_HEAP), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_both(sound_blocks_of_all_sizes_are_not_reported),
        in_both(realloc_stays_in_the_space),
        in_both(zeroed_and_aligned_blocks_are_both),
        in_both(second_free_is_a_double_free),
        in_both(overflow_is_found_by_the_free),
        in_both(overflow_is_found_by_the_end_of_the_space),
        in_both(write_after_free_is_found_when_the_block_goes_out_again),
        in_both(block_of_another_family_is_told),
        in_both(blocks_that_others_freed_end_with_the_space),
        in_both(block_that_a_new_thread_is_freeing_is_not_taken_for_written),
        in_both(limit_is_kept_with_what_the_tag_takes),
        in_both(block_that_cannot_move_shrinks_where_it_lies),
        in_both(large_block_that_cannot_move_gives_back_its_end),
        in_both(spaces_older_than_the_options_are_served),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
