// SPDX-License-Identifier: MIT
// What hardened looks at on its short ways, byte by byte; full has to find the same.
#include "core_checked.h"

#include "binned/slab.h"
#include "debug/sample.h"
#include "debug/tag.h"
#include "ikyoalloc/ikyoalloc.h"
#include "tls/thread.h"

#include <pthread.h>
#include <sched.h>

enum { SIZE = 100, MANY = 2000 };

static size_t room(void)
{
    return bin_size(bin_of(SIZE + TAG_BYTES));
}

static void take_again(const char *p)
{
    for (int i = 0; i < MANY; i++)
        if (alloc_block(SIZE) == p)
            return;
    require(false);
}

// Behind the words that the core links free blocks with; the tag is a part of them.
static void write_to_any_byte_of_a_free_block_is_found(void)
{
    start_checked();
    for (size_t at = CORE_BYTES; at < room(); at++) {
        char *p = take(SIZE);

        free_block(p);
        checked_flush();
        expect_nothing_found();
        p[at] ^= 1;
        take_again(p);
        expect_found(FOUND_WRITE_AFTER_FREE, p);
        require(core_reads_only(p, SIZE, byte_of_new()));
        free_block(p);
    }
}

// They leave when others come, not by a flush, which goes the general way.
static void write_to_a_link_of_a_held_block_is_found_when_it_leaves(void)
{
    setenv("IKYO_QUARANTINE", "4k", 1);
    start_checked();
    for (size_t at = 0; at < CORE_BYTES; at++) {
        char *p = take(SIZE);

        free_block(p);
        p[at] ^= 1;
        for (int i = 0; i < MANY && atomic_load(&found_count) == 0; i++)
            free_block(take(SIZE));
        expect_found(FOUND_WRITE_AFTER_FREE, p);
        require_equal((uintptr_t)found[0].damage, (uintptr_t)p + at);
    }
}

enum { ROUNDS = 10, SPINS = 200 };

static void *freed_by_both[MANY];
static _Atomic(int) ready[2];

// In step with the other, block for block.
static void *free_all_beside_the_other(void *arg)
{
    size_t me = (uintptr_t)arg;

    for (int i = 0; i < MANY; i++) {
        atomic_store(&ready[me], i + 1);
        for (int spins = 0; atomic_load(&ready[1 - me]) <= i; spins++)
            if (spins > SPINS)
                sched_yield();
        free_block(freed_by_both[i]);
    }
    return NULL;
}

static void block_freed_by_two_threads_at_once_is_freed_once(void)
{
    pthread_t threads[2];

    start_checked();
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < MANY; i++)
            freed_by_both[i] = take(SIZE);
        atomic_store(&ready[0], 0);
        atomic_store(&ready[1], 0);
        core_start_threads(threads, 2, free_all_beside_the_other);
        core_join_threads(threads, 2);
    }
    require_equal(atomic_load(&found_count), ROUNDS * MANY);
    for (int i = 0; i < FOUND_MOST; i++)
        require_equal(found[i].kind, FOUND_DOUBLE_FREE);
}

// A unit that slabs of several sizes were in has their tags all over.
static void block_that_never_was_out_reads_as_a_new_one(void)
{
    static const size_t apart[] = {1000, 200, 72, 3000, 40};
    static char *blocks[MANY];

    start_checked();
    for (int round = 0; round < 10; round++) {
        size_t size = apart[round % 5];

        for (int i = 0; i < MANY; i++) {
            blocks[i] = take(size);
            require(core_reads_only(blocks[i], size, byte_of_new()));
            memset(blocks[i], 'x', size);
        }
        for (int i = 0; i < MANY; i++)
            free_block(blocks[i]);
        ikyo_flush_thread();
    }
    expect_nothing_found();
}

// Also when there are blocks at hand.
static void one_block_in_so_many_is_sampled(void)
{
    int sampled = 0;

    setenv("IKYO_SAMPLE", "10", 1);
    start_checked();
    for (int i = 0; i < 10 * MANY; i++) {
        char *p = take(SIZE);

        sampled += sample_owns(p);
        free_block(p);
    }
    require(sampled > MANY / 2 && sampled < 2 * MANY);
    expect_nothing_found();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_both(write_to_any_byte_of_a_free_block_is_found),
        in_both(write_to_a_link_of_a_held_block_is_found_when_it_leaves),
        in_both(block_freed_by_two_threads_at_once_is_freed_once),
        in_both(block_that_never_was_out_reads_as_a_new_one),
        in_both(one_block_in_so_many_is_sampled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
