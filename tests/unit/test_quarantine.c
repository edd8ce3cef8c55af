// SPDX-License-Identifier: MIT
// Blocks that are held back: how many, how long, in which order they leave, and for which cache.
#include "debug/quarantine.h"

#include "core.h"
#include "core_syscall.h"

enum { LIMIT = 64 * 1024, SIZE = 256, FIT = LIMIT / SIZE, ROUNDS = 5000, DEPTH = 16 };

static struct thread_cache a, b;
static char blocks[ROUNDS]; // only their addresses count

static void start(size_t limit)
{
    core_start_pages(os_page_size());
    quarantine_init(limit);
}

static void push(struct thread_cache *t, size_t index, size_t bytes)
{
    require(quarantine_push(t, &blocks[index], bytes));
}

// The index of the next block that has to leave, or -1.
static long pop(struct thread_cache *t, bool all)
{
    size_t bytes;
    char *p = quarantine_pop(t, all, &bytes);

    return p == NULL ? -1 : p - blocks;
}

static void nothing_leaves_before_there_is_too_much(void)
{
    start(LIMIT);
    require_equal(pop(&a, false), -1);
    require_equal(pop(&a, true), -1);
    for (size_t i = 0; i < FIT; i++) {
        push(&a, i, SIZE);
        require_equal(pop(&a, false), -1);
    }
    push(&a, FIT, SIZE);
    require(pop(&a, false) >= 0);
    require_equal(pop(&a, false), -1);
}

static void next_to_leave_is_one_of_the_oldest_but_not_always_the_oldest(void)
{
    long popped = 0, later = 0;
    bool gone[ROUNDS] = {false};

    start(LIMIT);
    for (size_t i = 0; i < ROUNDS; i++) {
        long left;

        push(&a, i, SIZE);
        left = pop(&a, false);
        if (left < 0)
            continue;
        require(!gone[left]);
        gone[left] = true;
        require(left < popped + DEPTH);
        later += left > popped;
        popped++;
    }
    require(popped > ROUNDS / 2);
    require(later > popped / 4);
}

static void all_leave_once_each_with_their_bytes(void)
{
    size_t sum = 0;
    bool gone[100] = {false};
    size_t bytes;
    char *p;

    start(LIMIT);
    for (size_t i = 0; i < 100; i++)
        push(&a, i, i + 1);
    while ((p = quarantine_pop(&a, true, &bytes)) != NULL) {
        require(!gone[p - blocks]);
        gone[p - blocks] = true;
        require_equal(bytes, (size_t)(p - blocks) + 1);
        sum += bytes;
    }
    require_equal(sum, 100 * 101 / 2);
    push(&a, 0, LIMIT / 2);
    push(&a, 1, LIMIT / 2);
    require_equal(pop(&a, false), -1);
}

static void block_of_more_than_half_of_all_is_refused(void)
{
    start(LIMIT);
    require(!quarantine_push(&a, blocks, LIMIT / 2 + 1));
    require_equal(pop(&a, true), -1);
    require(quarantine_push(&a, blocks, LIMIT / 2));
}

static void large_block_makes_several_leave(void)
{
    int left = 0;

    start(LIMIT);
    for (size_t i = 0; i < FIT; i++)
        push(&a, i, SIZE);
    push(&a, FIT, 10 * SIZE);
    while (pop(&a, false) >= 0)
        left++;
    require(left >= 1 && left <= 10);
}

static void places_are_limited_as_well_as_bytes(void)
{
    size_t held = 0;

    start(LIMIT);
    for (size_t i = 0; i < ROUNDS; i++) {
        push(&a, i, 1);
        held++;
        while (pop(&a, false) >= 0)
            held--;
    }
    require(held >= FIT && held < ROUNDS / 2);
    while (pop(&a, true) >= 0)
        held--;
    require_equal(held, 0);
}

static void without_memory_it_is_refused_until_there_is_some(void)
{
    start((size_t)1 << 30);
    atomic_store(&core_failing.all, true);
    errno = 7;
    require(!quarantine_push(&a, blocks, SIZE));
    require(atomic_load(&core_failed) > 0);
    require(a.quarantine == NULL);
    require_equal(errno, 7);
    atomic_store(&core_failing.all, false);
    require(quarantine_push(&a, blocks, SIZE));
    require_equal(pop(&a, true), 0);
}

static void first_runs_are_held_and_one_of_several_behind_them(void)
{
    size_t held = 0;

    start(LIMIT);
    for (int i = 0; i < 64; i++)
        require(quarantine_wants_run(&a));
    for (int i = 0; i < 8000; i++)
        held += quarantine_wants_run(&a);
    require(held > 500 && held < 2000);
}

static void quarantine_of_all_memory_is_one_of_what_there_are_places_for(void)
{
    start(SIZE_MAX / 2);
    for (size_t i = 0; i < ROUNDS; i++)
        push(&a, i, SIZE);
    require_equal(pop(&a, false), -1);
    require(!quarantine_push(&a, blocks, SIZE_MAX / 2));
}

static void caches_have_their_own(void)
{
    start(LIMIT);
    push(&a, 1, SIZE);
    push(&b, 2, SIZE);
    require_equal(pop(&a, true), 1);
    require_equal(pop(&a, true), -1);
    require_equal(pop(&b, true), 2);
}

static void note(void *p, void *seen)
{
    ((int *)seen)[(char *)p - blocks]++;
}

static void each_held_block_is_visited_once(void)
{
    int seen[2 * FIT] = {0};

    start(LIMIT);
    quarantine_visit(&a, note, seen);
    for (size_t i = 0; i < 2 * FIT; i++) {
        long left;

        push(&a, i, SIZE);
        left = pop(&a, false);
        if (left >= 0)
            seen[left]--;
    }
    quarantine_visit(&a, note, seen);
    for (size_t i = 0; i < 2 * FIT; i++)
        require(seen[i] == 1 || seen[i] == -1);
}

static void weight_is_a_part_and_never_more_than_a_part_of_all(void)
{
    start(LIMIT);
    require_equal(quarantine_weight(1600), 100);
    require_equal(quarantine_weight(SIZE_MAX / 2), LIMIT / 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        alone(nothing_leaves_before_there_is_too_much),
        alone(next_to_leave_is_one_of_the_oldest_but_not_always_the_oldest),
        alone(all_leave_once_each_with_their_bytes),
        alone(block_of_more_than_half_of_all_is_refused),
        alone(large_block_makes_several_leave),
        alone(places_are_limited_as_well_as_bytes),
        alone(without_memory_it_is_refused_until_there_is_some),
        alone(first_runs_are_held_and_one_of_several_behind_them),
        alone(quarantine_of_all_memory_is_one_of_what_there_are_places_for),
        alone(caches_have_their_own),
        alone(each_held_block_is_visited_once),
        alone(weight_is_a_part_and_never_more_than_a_part_of_all),
    };

    return cmocka_run_group_tests_name("quarantine", tests, NULL, NULL);
}
