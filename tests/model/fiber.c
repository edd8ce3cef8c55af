// SPDX-License-Identifier: MIT
// Needs: swapcontext ucontext.h
#include "fiber.h"

#include "yields.h"

#include "tls/thread_cache.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

struct fiber fibers[FIBERS];
int fiber_current = FIBERS;

static ucontext_t first_context, fiber_context; // while a fiber is made
static jmp_buf scheduler;
static void (*first_body)(void);
static int acting = FIBERS;

void fiber_init(void)
{
    for (int i = 0; i < FIBERS; i++)
        fibers[i].slot = &empty_cache;
}

static void load_cache(int i)
{
    cache_set_current(fibers[i].slot);
    cache_set_mine(fibers[i].own);
}

// The variables are left empty, so that equal states are equal bytes whoever ran last.
static void save_cache(int i)
{
    fibers[i].slot = cache_current();
    fibers[i].own = cache_mine();
    cache_set_current(NULL);
    cache_set_mine(NULL);
}

void fiber_act_as(int i)
{
    if (acting < FIBERS)
        save_cache(acting);
    acting = i;
    if (i < FIBERS)
        load_cache(i);
}

int fiber_self(void)
{
    return fiber_current < FIBERS ? fiber_current : acting;
}

// An address below everything that its caller has on the stack.
static NOINLINE char *lowest(void)
{
    return __builtin_frame_address(0);
}

// Down to a whole line, which is cleared so far: nothing that counts is there.
static char *whole_line(char *low)
{
    size_t excess = (uintptr_t)low & (CACHE_LINE - 1);

    return memset(low - excess, 0, excess);
}

NOINLINE void fiber_leave(void)
{
    struct fiber *f = &fibers[fiber_current];

    f->low = lowest();
    if (_setjmp(f->context) == 0)
        _longjmp(scheduler, 1);
}

NOINLINE void fiber_resume(int i)
{
    load_cache(i);
    fiber_current = i;
    if (_setjmp(scheduler) == 0)
        _longjmp(fibers[i].context, 1);
    i = fiber_current;
    fibers[i].low = whole_line(fibers[i].low);
    fiber_current = FIBERS;
    save_cache(i);
}

static void enter(void)
{
    struct fiber *f = &fibers[fiber_current];
    void (*body)(void) = first_body;

    f->low = lowest();
    if (_setjmp(f->context) == 0)
        swapcontext(&fiber_context, &first_context);
    body();
    f->status = FIBER_DONE;
    f->what = f->where = "end";
    for (;;)
        fiber_leave();
}

void fiber_start(int i, void (*body)(void))
{
    struct fiber *f = &fibers[i];

    if (f->stack == NULL)
        f->stack = aligned_alloc(CACHE_LINE, FIBER_STACK);
    f->status = FIBER_ALIVE;
    f->what = "starts";
    f->where = "thread";
    f->waits_for = NULL;
    if (f->stack == NULL || getcontext(&fiber_context) != 0)
        search_fail("no stack for a thread");
    fiber_context.uc_stack.ss_sp = f->stack;
    fiber_context.uc_stack.ss_size = FIBER_STACK;
    makecontext(&fiber_context, enter, 0);
    first_body = body;
    fiber_current = i;
    swapcontext(&first_context, &fiber_context);
    f->low = whole_line(f->low);
    fiber_current = FIBERS;
}
