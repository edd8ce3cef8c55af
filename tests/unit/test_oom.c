// SPDX-License-Identifier: MIT
// What happens before a call returns NULL: giving back, asking, waiting, and no more of it.
#include "oom.h"

#include "alloc.h"
#include "base/option.h"
#include "init.h"
#include "tls/thread_cache.h"

#include "core.h"
#include "core_syscall.h"

#include <time.h>

enum { CALLS_MOST = 64 };

// The least size that no address space holds, as far as oom.c knows.
#define BEYOND (CORE_IMPOSSIBLE - (sizeof(size_t) == 4 ? 0 : CORE_IMPOSSIBLE / 2))

static _Atomic(long) passed_ms;

// Stands in for libc's function: sleeping takes no time here, so the clock is moved by hand.
int clock_gettime(clockid_t clock, struct timespec *t)
{
    int result = (int)syscall(SYS_clock_gettime, (long)clock, t, 0L, 0L, 0L, 0L);

    if (clock == CLOCK_MONOTONIC_COARSE)
        t->tv_sec += atomic_load(&passed_ms) / 1000;
    return result;
}

static int levels[CALLS_MOST];
static int calls;
static void *context_seen;

static void note_level(int level, void *context)
{
    require(calls < CALLS_MOST);
    levels[calls++] = level;
    context_seen = context;
}

static void *touch_cache(void *arg)
{
    free_block(alloc_block(1));
    return arg;
}

static void start(bool two_threads)
{
    pthread_t thread;

    init_ensure();
    free_block(alloc_block(1));
    if (two_threads) {
        core_start_threads(&thread, 1, touch_cache);
        core_join_threads(&thread, 1);
    }
    require_equal(cache_ever_two(), two_threads);
    calls = 0;
    atomic_store(&core_slept_us, 0);
}

// How many attempts a request of this size is worth.
static int relieve_until_given_up(size_t size)
{
    int attempt = 0;

    while (oom_relieve(size, 16, attempt)) {
        attempt++;
        require(attempt < CALLS_MOST);
    }
    return attempt;
}

static void first_failure_gives_cached_memory_back_and_tries_again(void)
{
    start(false);
    free_block(alloc_block(4 * UNIT));
    require(run_cached_bytes(&cache_mine()->runs) > 0);
    require(oom_relieve(100, 16, 0));
    require_equal(run_cached_bytes(&cache_mine()->runs), 0);
    require_equal(calls, 0);
}

static void single_thread_without_handler_gives_up_at_once(void)
{
    start(false);
    require_equal(relieve_until_given_up(100), 1);
    require_equal(atomic_load(&core_slept_us), 0);
}

static void single_thread_asks_its_handler_once(void)
{
    int context;

    start(false);
    oom_set_pressure_handler(note_level, &context);
    require_equal(relieve_until_given_up(100), 2);
    require_equal(calls, 1);
    require_equal(levels[0], 1);
    require(context_seen == &context);
    require_equal(atomic_load(&core_slept_us), 0);
}

static void levels_rise_with_each_attempt_of_a_request(void)
{
    start(true);
    oom_set_pressure_handler(note_level, NULL);
    relieve_until_given_up(100);
    require(calls > 3);
    for (int i = 0; i < calls; i++)
        require_equal(levels[i], i + 1);
}

static void waiting_for_others_lasts_fifty_milliseconds(void)
{
    start(true);
    oom_set_pressure_handler(note_level, NULL);
    relieve_until_given_up(100);
    require_equal(atomic_load(&core_slept_us), 50000);
}

static void waiting_without_a_handler_lasts_no_longer(void)
{
    start(true);
    relieve_until_given_up(100);
    require(atomic_load(&core_slept_us) >= 40000);
    require(atomic_load(&core_slept_us) <= 50000);
}

static void request_after_one_in_vain_does_not_wait_for_a_second(void)
{
    start(true);
    relieve_until_given_up(100);
    atomic_store(&core_slept_us, 0);
    require_equal(relieve_until_given_up(100), 1);
    require_equal(atomic_load(&core_slept_us), 0);
    oom_set_pressure_handler(note_level, NULL);
    require_equal(relieve_until_given_up(100), 2);
    require_equal(calls, 1);
    require_equal(atomic_load(&core_slept_us), 0);
    atomic_store(&passed_ms, 2000);
    relieve_until_given_up(100);
    require(atomic_load(&core_slept_us) > 0);
}

static void request_that_no_address_space_holds_does_not_wait(void)
{
    start(true);
    oom_set_pressure_handler(note_level, NULL);
    require(relieve_until_given_up(BEYOND) <= 1);
    require(relieve_until_given_up(SIZE_MAX) <= 1);
    require(!oom_relieve(100, BEYOND, 1));
    require_equal(calls, 0);
    require_equal(atomic_load(&core_slept_us), 0);
}

static void take_itself(int level, void *context)
{
    (void)context;
    calls++;
    require_equal(level, calls);
    require(alloc_block(RUN_MAX + MIB) == NULL);
}

static void handlers_own_requests_do_not_call_it_again(void)
{
    start(false);
    oom_set_pressure_handler(take_itself, NULL);
    atomic_store(&core_failing.all, true);
    require(alloc_block(RUN_MAX + MIB) == NULL);
    require_equal(calls, 1);
}

static void leave(int level, void *context)
{
    (void)context;
    calls += level;
    oom_set_pressure_handler(NULL, NULL);
}

static void handler_may_take_itself_away(void)
{
    start(false);
    oom_set_pressure_handler(leave, NULL);
    require_equal(relieve_until_given_up(100), 2);
    require_equal(relieve_until_given_up(100), 1);
    require_equal(calls, 1);
}

static void *freed_by_handler;

static void free_it(int level, void *context)
{
    (void)level;
    (void)context;
    free_block(freed_by_handler);
    freed_by_handler = NULL;
}

static void request_is_served_from_what_the_handler_frees(void)
{
    size_t size = RUN_MAX + 40 * MIB;

    start(false);
    freed_by_handler = alloc_block(size);
    require(freed_by_handler != NULL);
    oom_set_pressure_handler(free_it, NULL);
    atomic_store(&core_failing.mapping, MIB);
    options.huge_cache = GIB;
    require(alloc_block(size) != NULL);
    require(freed_by_handler == NULL);
}

static void failure_sets_errno_and_success_keeps_it(void)
{
    start(false);
    errno = 5;
    require(alloc_block(CORE_IMPOSSIBLE) == NULL);
    require_equal(errno, ENOMEM);
    errno = 5;
    require(alloc_block(100 * KIB) != NULL);
    require_equal(errno, 5);
}

static void fail_verbosely(void)
{
    start(false);
    options.verbose = 1;
    require(!oom_relieve(12345, 16, 1));
}

static void failure_is_named_if_that_is_wanted(void **state)
{
    struct child child = core_child(fail_verbosely);

    (void)state;
    assert_int_equal(child.status, 0);
    assert_non_null(strstr(child.text, "12345"));
}

static void *set_handlers(void *arg)
{
    for (int i = 0; i < 2000; i++)
        oom_set_pressure_handler(i % 2 ? note_level : NULL, arg);
    return NULL;
}

static void handlers_set_by_threads_meet_no_half_of_another(void)
{
    pthread_t threads[2];

    start(false);
    core_start_threads(threads, 2, set_handlers);
    core_join_threads(threads, 2);
    oom_set_pressure_handler(NULL, NULL);
    require_equal(relieve_until_given_up(100), 1);
}

static _Atomic(bool) in_handler, may_leave;

static void stay_in_handler(int level, void *context)
{
    (void)level;
    (void)context;
    atomic_store(&in_handler, true);
    while (!atomic_load(&may_leave))
        usleep(200);
}

static void *ask_handler(void *arg)
{
    oom_relieve(100, 16, 1);
    return arg;
}

static void handler_at_work_during_a_fork_does_not_bind_the_child(void)
{
    pthread_t thread;
    int status;
    pid_t pid;

    start(false);
    oom_set_pressure_handler(stay_in_handler, NULL);
    core_start_threads(&thread, 1, ask_handler);
    while (!atomic_load(&in_handler))
        usleep(200);
    pid = fork();
    require(pid >= 0);
    if (pid == 0) {
        alarm(10);
        oom_set_pressure_handler(note_level, NULL);
        relieve_until_given_up(100);
        _exit(calls > 0 ? 0 : 2);
    }
    require(waitpid(pid, &status, 0) == pid);
    require_equal(status, 0);
    atomic_store(&may_leave, true);
    core_join_threads(&thread, 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(first_failure_gives_cached_memory_back_and_tries_again),
        alone(single_thread_without_handler_gives_up_at_once),
        alone(single_thread_asks_its_handler_once),
        alone(levels_rise_with_each_attempt_of_a_request),
        alone(waiting_for_others_lasts_fifty_milliseconds),
        alone(waiting_without_a_handler_lasts_no_longer),
        alone(request_after_one_in_vain_does_not_wait_for_a_second),
        alone(request_that_no_address_space_holds_does_not_wait),
        alone(handlers_own_requests_do_not_call_it_again),
        alone(handler_may_take_itself_away),
        alone(request_is_served_from_what_the_handler_frees),
        alone(failure_sets_errno_and_success_keeps_it),
        cmocka_unit_test(failure_is_named_if_that_is_wanted),
        alone(handlers_set_by_threads_meet_no_half_of_another),
        alone(handler_at_work_during_a_fork_does_not_bind_the_child),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
