// SPDX-License-Identifier: MIT
// Stacks as numbers: the same for the same, kept once, up to as many as there may be.
#include "debug/stack.h"

#include "base/option.h"

#include "core.h"
#include "core_syscall.h"

#include <cmocka.h>

#define CALLED __attribute__((noinline, noclone))

enum { THREADS = 4, ROUNDS = 2000 };

static volatile int sink;

CALLED static uint32_t capture(void)
{
    uint32_t stack = stack_capture(__builtin_frame_address(0));

    sink++;
    return stack;
}

CALLED static uint32_t capture_one_deeper(void)
{
    uint32_t stack = capture();

    sink++;
    return stack;
}

static void same_stack_has_the_same_number_and_others_another(void)
{
    uint32_t stacks[3];

    stack_start();
    for (volatile int i = 0; i < 3; i++) // one call, not three
        stacks[i] = capture();
    require(stacks[0] != 0);
    require_equal(stacks[1], stacks[0]);
    require_equal(stacks[2], stacks[0]);
    require(capture() != stacks[0]);
    require(capture_one_deeper() != stacks[0]);
}

static void frames_are_the_return_addresses(void)
{
    const uintptr_t *frames;
    size_t count;

    options.stacks = STACKS_UNWIND;
    stack_start();
    count = stack_frames(capture_one_deeper(), &frames);
    require(count > 3 && count <= STACK_FRAMES);
    require(frames[0] > (uintptr_t)capture_one_deeper &&
            frames[0] < (uintptr_t)capture_one_deeper + 100);
    require(frames[1] > (uintptr_t)frames_are_the_return_addresses &&
            frames[1] < (uintptr_t)frames_are_the_return_addresses + 500);
}

CALLED static uint32_t capture_deep(int depth)
{
    uint32_t stack = depth == 0 ? capture() : capture_deep(depth - 1);

    sink++;
    return stack;
}

static void deep_stacks_are_cut_off_at_their_outer_end(void)
{
    const uintptr_t *frames;

    options.stacks = STACKS_UNWIND;
    stack_start();
    require_equal(stack_frames(capture_deep(100), &frames), STACK_FRAMES);
    require_equal(capture_deep(100), capture_deep(101));
    require(capture_deep(5) != capture_deep(6));
}

static void no_stack_has_no_frames(void)
{
    const uintptr_t *frames = (const uintptr_t *)1;

    require_equal(stack_frames(0, &frames), 0);
    require(frames == NULL);
    require_equal(stack_frames(1, &frames), 0);
    require_equal(stack_frames(UINT32_MAX, &frames), 0);
}

static void there_are_none_before_the_start_or_when_off(void)
{
    require_equal(capture(), 0);
    stack_start();
    options.stacks = STACKS_OFF;
    require_equal(capture(), 0);
    options.stacks = STACKS_FRAMES;
    require(capture() != 0);
}

static void stacks_are_told_apart_by_every_frame(void)
{
    uintptr_t frames[STACK_FRAMES] = {0};
    uint32_t numbers[2 * STACK_FRAMES];
    const uintptr_t *kept;

    for (size_t i = 0; i < STACK_FRAMES; i++) {
        numbers[2 * i] = stack_keep(frames, i + 1);
        frames[i] = 1;
        numbers[2 * i + 1] = stack_keep(frames, STACK_FRAMES);
        frames[i] = 0;
    }
    for (size_t i = 0; i < 2 * STACK_FRAMES; i++)
        for (size_t j = 0; j < i; j++)
            require(numbers[i] != numbers[j]);
    require_equal(stack_frames(numbers[9], &kept), STACK_FRAMES);
    require_equal(kept[4], 1);
    require_equal(kept[5], 0);
}

static void no_memory_gives_no_number_until_there_is_some(void)
{
    uintptr_t frame = 5;

    core_start_pages(os_page_size());
    atomic_store(&core_failing.all, true);
    require_equal(stack_keep(&frame, 1), 0);
    atomic_store(&core_failing.all, false);
    require(stack_keep(&frame, 1) != 0);
    atomic_store(&core_failing.all, true);
    require(stack_keep(&frame, 1) != 0);
    for (frame = 6; stack_keep(&frame, 1) != 0; frame++)
        require(frame < STACKS_MAX);
    atomic_store(&core_failing.all, false);
    require(stack_keep(&frame, 1) != 0);
}

static uint32_t seen[THREADS][ROUNDS];

// All threads keep the same stacks, in other orders.
static void *keep_many(void *arg)
{
    uintptr_t thread = (uintptr_t)arg;

    for (uintptr_t i = 0; i < ROUNDS; i++) {
        uintptr_t which = thread % 2 ? ROUNDS - 1 - i : i;
        uintptr_t frames[3] = {which, which / 2, which / 3};
        const uintptr_t *kept;

        seen[thread][which] = stack_keep(frames, 3);
        require_equal(stack_frames(seen[thread][which], &kept), 3);
        require_equal(kept[0], which);
        require_equal(kept[2], which / 3);
    }
    return NULL;
}

static void threads_agree_on_the_numbers(void)
{
    static bool taken[ROUNDS + 1];
    pthread_t threads[THREADS];

    core_start_pages(os_page_size());
    core_start_threads(threads, THREADS, keep_many);
    core_join_threads(threads, THREADS);
    for (int i = 0; i < ROUNDS; i++) {
        require(seen[0][i] >= 1 && seen[0][i] <= ROUNDS);
        require(!taken[seen[0][i]]);
        taken[seen[0][i]] = true;
        for (int thread = 1; thread < THREADS; thread++)
            require_equal(seen[thread][i], seen[0][i]);
    }
}

static void full_depot_still_knows_what_it_has(void)
{
    const uintptr_t *frames;
    uintptr_t frame;

    core_start_pages(os_page_size());
    for (frame = 1; frame <= STACKS_MAX; frame++)
        require_equal(stack_keep(&frame, 1), frame);
    require_equal(stack_keep(&frame, 1), 0);
    frame = STACKS_MAX;
    require_equal(stack_keep(&frame, 1), STACKS_MAX);
    require_equal(stack_frames(STACKS_MAX, &frames), 1);
    require_equal(*frames, STACKS_MAX);
    require_equal(stack_frames(STACKS_MAX + 1, &frames), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(same_stack_has_the_same_number_and_others_another),
        alone(frames_are_the_return_addresses),
        alone(deep_stacks_are_cut_off_at_their_outer_end),
        alone(no_stack_has_no_frames),
        alone(there_are_none_before_the_start_or_when_off),
        alone(stacks_are_told_apart_by_every_frame),
        alone(no_memory_gives_no_number_until_there_is_some),
        alone(threads_agree_on_the_numbers),
        alone(full_depot_still_knows_what_it_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
