// SPDX-License-Identifier: MIT
// What the unit tests of the allocator's core share. The modules keep global state, so each test
// runs in a child process that has it fresh: `alone(f)` makes a test of `void f(void)`, which says
// what must hold by require() and require_equal(), also from its threads.
#ifndef TESTS_UNIT_CORE_H
#define TESTS_UNIT_CORE_H

#include "child.h"

#include "base/limits.h"
#include "os/os.h"
#include "vm/directory.h"
#include "vm/region.h"
#include "vm/vm.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static uint64_t core_seed; // what random() started from, or 0

static inline _Noreturn void core_fail(const char *file, int line, const char *text)
{
    dprintf(STDERR_FILENO, "%s:%d: %s (seed %llu)\n", file, line, text,
            (unsigned long long)core_seed);
    _exit(1);
}

static inline void core_equal(const char *file, int line, const char *text, uint64_t is,
                              uint64_t expected)
{
    char whole[300];

    if (is == expected)
        return;
    snprintf(whole, sizeof(whole), "%s: %#llx, not %#llx", text, (unsigned long long)is,
             (unsigned long long)expected);
    core_fail(file, line, whole);
}

#define require(x) ((x) ? (void)0 : core_fail(__FILE__, __LINE__, #x))
#define require_equal(is, expected)                                                                \
    core_equal(__FILE__, __LINE__, #is, (uint64_t)(is), (uint64_t)(expected))

// More than any address space holds: 2^48, or all that fits into a size of 32 bits.
#define CORE_IMPOSSIBLE ((size_t)(UINT64_C(1) << 48 > SIZE_MAX ? SIZE_MAX : UINT64_C(1) << 48))

// The largest size that is not refused at once, but where memory may have room for that.
#define CORE_LARGEST (sizeof(size_t) == 4 ? SIZE_MAX : SIZE_MAX / 2)

// A test that hangs ends by a signal, long before the whole program is ended.
enum { CORE_SECONDS = 60 };

static void (*core_body)(void);

static inline void core_limited(void)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};

    // cmocka's handlers would go on with its other tests, in the child.
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        signal(faults[i], SIG_DFL);
    alarm(CORE_SECONDS);
    core_body();
}

static inline struct child core_child(void (*body)(void))
{
    core_body = body;
    return child_run(core_limited);
}

static inline void core_run_alone(void **state)
{
    struct child child = core_child((void (*)(void))(uintptr_t)*state);

    if (child.signal != 0 || child.status != 0)
        print_error("%s", child.text);
    assert_int_equal(child.signal, 0);
    assert_int_equal(child.status, 0);
}

#define alone(f)                                                                                   \
    {                                                                                              \
        .name = #f, .test_func = core_run_alone, .initial_state = (void *)(uintptr_t)(f)           \
    }

// A sequence that a failure names the seed of; IKYO_TEST_SEED in the environment repeats it.
struct core_random {
    uint64_t state;
};

static inline struct core_random core_random_start(void)
{
    const char *set = getenv("IKYO_TEST_SEED");

    core_seed = set != NULL ? strtoull(set, NULL, 0) : os_random_seed() | 1;
    return (struct core_random){core_seed};
}

static inline uint64_t core_random_next(struct core_random *r)
{
    r->state ^= r->state << 13;
    r->state ^= r->state >> 7;
    r->state ^= r->state << 17;
    return r->state * 0x2545f4914f6cdd1du >> 16;
}

// 0 <= result < end.
static inline size_t core_random_below(struct core_random *r, size_t end)
{
    return (size_t)(core_random_next(r) % end);
}

// What the start of the library does for the page layers, with a page size of our choice: every
// multiple of the true one serves.
static inline void core_start_pages(size_t page_size)
{
    vm_init(page_size);
    directory_init();
    region_init(SIZE_MAX);
}

static inline bool core_reads_only(const char *p, size_t size, char value)
{
    return size == 0 || (p[0] == value && memcmp(p, p + 1, size - 1) == 0);
}

static inline void core_start_threads(pthread_t *threads, int count, void *(*run)(void *))
{
    for (int i = 0; i < count; i++)
        require_equal(pthread_create(&threads[i], NULL, run, (void *)(uintptr_t)i), 0);
}

static inline void core_join_threads(const pthread_t *threads, int count)
{
    for (int i = 0; i < count; i++)
        require_equal(pthread_join(threads[i], NULL), 0);
}

#endif
