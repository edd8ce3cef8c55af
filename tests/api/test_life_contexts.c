// SPDX-License-Identifier: MIT
// Stacks that are not the thread's own: ucontext coroutines, some on stacks from malloc, and
// signal handlers on an alternate stack. The heap follows the thread, not the stack.
// Needs: swapcontext ucontext.h
#include "api.h"

#include <pthread.h>
#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

enum { FIBERS = 8, STACK = 64 * KIB, STEPS = 2000 };

struct fiber {
    ucontext_t context;
    unsigned char *stack;
    void *blocks[32];
    size_t sizes[32];
    uint64_t id;
    bool whole;
};

static struct fiber fibers[FIBERS];
static ucontext_t scheduler;
static size_t running;

static void live_in_fiber(void)
{
    struct fiber *self = &fibers[running];
    uint64_t random = self->id + 1;

    self->whole = true;
    for (uint64_t step = 0; step < STEPS; step++) {
        size_t slot = api_random(&random) % 32;
        uint64_t id = self->id * 100 + slot;
        if (self->blocks[slot] != NULL && !api_holds(self->blocks[slot], self->sizes[slot], id))
            self->whole = false;
        call.free(self->blocks[slot]);
        self->sizes[slot] = api_random(&random) % 4000;
        self->blocks[slot] = call.malloc(self->sizes[slot]);
        api_fill(self->blocks[slot], self->sizes[slot], id);
        swapcontext(&self->context, &scheduler);
    }
    for (size_t slot = 0; slot < 32; slot++)
        call.free(self->blocks[slot]);
    self->id = UINT64_MAX;
}

static void start_fibers(void)
{
    for (size_t i = 0; i < FIBERS; i++) {
        fibers[i] = (struct fiber){ .id = i, .stack = call.malloc(STACK) };
        assert_non_null(fibers[i].stack);
        assert_int_equal(getcontext(&fibers[i].context), 0);
        fibers[i].context.uc_stack.ss_sp = fibers[i].stack;
        fibers[i].context.uc_stack.ss_size = STACK;
        fibers[i].context.uc_link = &scheduler;
        makecontext(&fibers[i].context, live_in_fiber, 0);
    }
}

// Lets every fiber take `steps` steps in turn, or live to its end.
static void run_fibers(size_t steps)
{
    for (size_t step = 0; step < steps; step++) {
        for (running = 0; running < FIBERS; running++) {
            if (fibers[running].id != UINT64_MAX)
                swapcontext(&scheduler, &fibers[running].context);
        }
    }
}

static void *run_half_elsewhere(void *argument)
{
    run_fibers(STEPS / 2);
    return argument;
}

static void assert_fibers_ended_whole(void)
{
    for (size_t i = 0; i < FIBERS; i++) {
        assert_true(fibers[i].id == UINT64_MAX);
        assert_true(fibers[i].whole);
        call.free(fibers[i].stack);
    }
}

static void coroutines_on_heap_stacks_keep_their_blocks(void **state)
{
    (void)state;
    start_fibers();
    run_fibers(STEPS + 1);
    assert_fibers_ended_whole();
}

static void coroutines_that_change_threads_keep_their_blocks(void **state)
{
    pthread_t thread;

    (void)state;
    start_fibers();
    assert_int_equal(pthread_create(&thread, NULL, run_half_elsewhere, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    run_fibers(STEPS + 1);
    assert_fibers_ended_whole();
}

static volatile sig_atomic_t handled;

// Raised synchronously and never from inside the allocator, so that it may allocate.
static void allocate_in_handler(int number)
{
    void *blocks[20];

    (void)number;
    for (size_t i = 0; i < 20; i++) {
        blocks[i] = call.malloc(i * i * 500);
        api_fill(blocks[i], i * i * 500, i);
    }
    for (size_t i = 0; i < 20; i++) {
        if (blocks[i] == NULL || !api_holds(blocks[i], i * i * 500, i))
            return;
        call.free(blocks[i]);
    }
    handled++;
}

static void handler_on_an_alternate_stack_allocates(void **state)
{
    struct sigaction action = { .sa_handler = allocate_in_handler, .sa_flags = SA_ONSTACK };
    stack_t alternate = { .ss_size = 2 * STACK, .ss_sp = call.malloc(2 * STACK) };
    stack_t none = { .ss_flags = SS_DISABLE };

    (void)state;
    assert_non_null(alternate.ss_sp);
    assert_int_equal(sigaltstack(&alternate, NULL), 0);
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    for (int round = 1; round <= 100; round++) {
        assert_int_equal(raise(SIGUSR1), 0);
        assert_int_equal(handled, round);
    }
    assert_int_equal(sigaltstack(&none, NULL), 0);
    call.free(alternate.ss_sp);
}

static void *allocate_on_own_stack(void *argument)
{
    allocate_in_handler(0);
    return argument;
}

static void thread_on_a_stack_from_malloc_allocates(void **state)
{
    enum { SIZE = 256 * KIB };
    pthread_attr_t attributes;

    (void)state;
    handled = 0;
    assert_int_equal(pthread_attr_init(&attributes), 0);
    for (int round = 1; round <= 50; round++) {
        pthread_t thread;
        void *stack = call.memalign(4096, SIZE);
        assert_non_null(stack);
        assert_int_equal(pthread_attr_setstack(&attributes, stack, SIZE), 0);
        assert_int_equal(pthread_create(&thread, &attributes, allocate_on_own_stack, NULL), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(handled, round);
        call.free(stack);
    }
    pthread_attr_destroy(&attributes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coroutines_on_heap_stacks_keep_their_blocks),
        cmocka_unit_test(coroutines_that_change_threads_keep_their_blocks),
        cmocka_unit_test(handler_on_an_alternate_stack_allocates),
        cmocka_unit_test(thread_on_a_stack_from_malloc_allocates),
    };

    return cmocka_run_group_tests_name("life_contexts", tests, NULL, NULL);
}
