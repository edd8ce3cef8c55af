// SPDX-License-Identifier: MIT
// Walks of the stack from code that was interrupted, as a handler of signals finds it.
// Needs: backtrace execinfo.h
#include "debug/walk.h"

#include "os/fault.h"

#include "core.h"

#include <alloca.h>
#include <execinfo.h>
#include <sys/mman.h>

#define CALLED __attribute__((noinline, noclone))

enum { ROOM = 60 };

static uintptr_t walked[ROOM];
static void *unwound[ROOM];
static size_t walked_count;
static int unwound_count;

static volatile int sink;

static char *closed; // a page without access

CALLED static void nothing(void)
{
    sink++;
}

CALLED static void touch(void)
{
    nothing();
    *(volatile char *)closed = 1;
    nothing();
}

CALLED static void touch_deep(int depth)
{
    volatile char *room = alloca((size_t)depth + 1);

    room[depth] = 1;
    if (depth == 0)
        touch();
    else
        touch_deep(depth - 1);
    sink += room[depth];
}

static bool walk_and_open(const struct os_fault *fault)
{
    struct registers r = {.pc = fault->code, .sp = fault->stack, .fp = fault->frame};

    walked_count = walk_interrupted(&r, true, walked, ROOM);
    unwound_count = backtrace(unwound, ROOM);
    return mprotect(closed, os_page_size(), PROT_READ | PROT_WRITE) == 0;
}

// The unwinder gets there from the handler, whose frames it names first.
static void require_agreement_from(uintptr_t code)
{
    int first = 0;

    while (first < unwound_count && (uintptr_t)unwound[first] != code)
        first++;
    require(first > 0 && first < unwound_count - 10);
    require_equal(walked[0], code + 1);
    require_equal(walked_count, unwound_count - first);
    for (size_t i = 1; i < walked_count; i++)
        require_equal(walked[i], (uintptr_t)unwound[first + (int)i]);
}

static void interrupt(void)
{
    walk_start();
    closed = mmap(NULL, os_page_size(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(closed != MAP_FAILED);
    require(os_fault_hook(walk_and_open));
    touch_deep(10);
    require_agreement_from(walked[0] - 1);
    require(walked[0] - (uintptr_t)touch < 200);
}

static void interrupted_code_comes_before_its_callers(void)
{
    backtrace(unwound, 1);
    interrupt();
}

static void interrupted_code_is_walked_from_another_stack(void)
{
    static char other[1 << 16];
    stack_t stack = {.ss_sp = other, .ss_size = sizeof(other)};

    backtrace(unwound, 1);
    require_equal(sigaltstack(&stack, NULL), 0);
    interrupt();
}

static void interrupted_code_that_is_none_is_all_there_is(void)
{
    struct registers r = {.pc = 4097, .sp = (uintptr_t)&r, .fp = (uintptr_t)&r};

    require_equal(walk_interrupted(&r, true, walked, ROOM), 0);
    walk_start();
    require_equal(walk_interrupted(&r, true, walked, ROOM), 1);
    require_equal(walked[0], 4098);
    require_equal(walk_interrupted(&r, true, walked, 0), 0);
    r.pc = 0;
    require_equal(walk_interrupted(&r, true, walked, ROOM), 0);
    r = (struct registers){.pc = (uintptr_t)touch, .sp = 8, .fp = 8};
    require_equal(walk_interrupted(&r, true, walked, ROOM), 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(interrupted_code_comes_before_its_callers),
        alone(interrupted_code_is_walked_from_another_stack),
        alone(interrupted_code_that_is_none_is_all_there_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
