// SPDX-License-Identifier: MIT
// Call stacks are read by their number while others are kept.
#include "litmus.h"

#include "debug/stack.h"

enum { FRAMES = 5 };

static _Atomic(uint32_t) newest;

static void keep(void)
{
    for (uintptr_t i = 1; litmus_goes_on(); i++) {
        uintptr_t frames[FRAMES] = {i, i, i, i, i};
        uint32_t number = stack_keep(frames, FRAMES);

        require(number != 0);
        atomic_store_explicit(&newest, number, memory_order_relaxed);
        os_sleep_us(10);
    }
}

static void read_newest(void)
{
    while (litmus_goes_on()) {
        uint32_t number = atomic_load_explicit(&newest, memory_order_relaxed);
        const uintptr_t *frames;

        if (stack_frames(number, &frames) == 0)
            continue; // not counted yet
        for (int i = 0; i < FRAMES; i++)
            require_equal(frames[i], number);
    }
}

static void keep_again(void)
{
    for (uintptr_t i = 1; litmus_goes_on();) {
        uintptr_t frames[FRAMES] = {i, i, i, i, i};

        if (atomic_load_explicit(&newest, memory_order_relaxed) <= i)
            continue;
        require_equal(stack_keep(frames, FRAMES), i);
        i++;
    }
}

static void keep_or_read(unsigned self)
{
    static void (*const parts[])(void) = {keep, read_newest, keep_again};

    parts[self]();
}

int main(void)
{
    core_start_caches();
    litmus_run(3, keep_or_read);
    require(atomic_load(&newest) > 0);
    return 0;
}
