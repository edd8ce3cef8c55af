// SPDX-License-Identifier: MIT
// The locks: one holder at a time, sleepers are woken, ranks are kept, fork finds them whole.
#include "base/lock.h"

#include "base/check.h"

#include "core.h"
#include "core_syscall.h"

enum { THREADS = 4, ROUNDS = 20000 };

static long guarded;

static void *raise_guarded(void *arg)
{
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        lock_take(LOCK_META);
        guarded++;
        lock_give(LOCK_META);
    }
    return NULL;
}

static void holders_of_many_threads_exclude_each_other(void)
{
    pthread_t threads[THREADS];

    core_start_threads(threads, THREADS, raise_guarded);
    core_join_threads(threads, THREADS);
    require_equal(guarded, (long)THREADS * ROUNDS);
}

static void *take_once(void *arg)
{
    (void)arg;
    lock_take(LOCK_EXTENT);
    guarded++;
    lock_give(LOCK_EXTENT);
    return NULL;
}

static void waiters_sleep_and_are_all_woken(void)
{
    pthread_t threads[THREADS];

    lock_take(LOCK_EXTENT);
    core_start_threads(threads, THREADS, take_once);
    while (atomic_load(&core_waits) < THREADS)
        usleep(1000);
    require_equal(guarded, 0);
    lock_give(LOCK_EXTENT);
    core_join_threads(threads, THREADS);
    require_equal(guarded, THREADS);
}

static void locks_of_different_rank_do_not_meet(void)
{
    pthread_t thread;

    lock_take(LOCK_META);
    core_start_threads(&thread, 1, take_once);
    core_join_threads(&thread, 1);
    lock_give(LOCK_META);
    require_equal(guarded, 1);
}

static void take_all_holds_every_lock_until_give_all(void)
{
    for (int round = 0; round < 2; round++) {
        lock_take_all();
        for (int rank = 0; rank < LOCK_COUNT; rank++)
            require(lock_held((enum lock_rank)rank));
        lock_give_all();
        for (int rank = 0; rank < LOCK_COUNT; rank++)
            require(!lock_held((enum lock_rank)rank));
    }
}

static void held_is_the_calling_threads_own_answer(void)
{
    lock_take(LOCK_GROW);
    require(lock_held(LOCK_GROW));
    require(!lock_held(LOCK_EXTENT));
    require(!lock_held(LOCK_HUGE));
    lock_give(LOCK_GROW);
    require(!lock_held(LOCK_GROW));
}

static _Atomic(bool) stop;

static void *take_and_give(void *arg)
{
    (void)arg;
    while (!atomic_load(&stop))
        for (int rank = 0; rank < LOCK_COUNT; rank++) {
            lock_take((enum lock_rank)rank);
            lock_give((enum lock_rank)rank);
        }
    return NULL;
}

static void fork_with_all_taken_leaves_them_usable_on_both_sides(void)
{
    pthread_t threads[2];
    int status;

    core_start_threads(threads, 2, take_and_give);
    for (int round = 0; round < 20; round++) {
        pid_t pid;

        lock_take_all();
        pid = fork();
        lock_give_all();
        require(pid >= 0);
        if (pid == 0) {
            alarm(5);
            lock_take_all();
            lock_give_all();
            _exit(0);
        }
        require_equal(waitpid(pid, &status, 0), pid);
        require(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    atomic_store(&stop, true);
    core_join_threads(threads, 2);
}

static void take_lower_rank(void)
{
    lock_take(LOCK_EXTENT);
    lock_take(LOCK_CACHES);
    lock_give(LOCK_CACHES);
    lock_give(LOCK_EXTENT);
}

static void give_what_is_not_held(void)
{
    lock_give(LOCK_META);
}

static void *hold_none(void *arg)
{
    require(!lock_any_held() && !lock_held(LOCK_GROW));
    return arg;
}

static void any_held_is_the_calling_threads_own_answer_too(void)
{
    pthread_t thread;

    require(!lock_any_held());
    lock_take(LOCK_GROW);
    require(lock_any_held());
    core_start_threads(&thread, 1, hold_none);
    core_join_threads(&thread, 1);
    lock_take(LOCK_META);
    lock_give(LOCK_GROW);
    require(lock_any_held());
    lock_give(LOCK_META);
    require(!lock_any_held());
}

static struct lock own[3];

static void join_own(void)
{
    lock_take(LOCK_SPACES);
    for (int i = 0; i < 3; i++)
        lock_join(&own[i]);
    lock_give(LOCK_SPACES);
}

static void *take_and_give_own(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        lock_take_own(&own[1]);
        guarded++;
        lock_take(LOCK_META);
        lock_give(LOCK_META);
        lock_give_own(&own[1]);
    }
    return arg;
}

static void locks_of_objects_exclude_and_count_as_held(void)
{
    pthread_t threads[THREADS];

    join_own();
    lock_take_own(&own[0]);
    require(lock_any_held() && !lock_held(LOCK_SPACES));
    core_start_threads(threads, THREADS, take_and_give_own);
    core_join_threads(threads, THREADS);
    require_equal(guarded, (long)THREADS * ROUNDS);
    lock_give_own(&own[0]);
    require(!lock_any_held());
}

static void *take_and_give_own_until_stopped(void *arg)
{
    while (!atomic_load(&stop)) {
        lock_take_own(&own[1]);
        lock_give_own(&own[1]);
    }
    return arg;
}

static void fork_takes_the_locks_of_objects_that_joined(void)
{
    pthread_t thread;

    join_own();
    core_start_threads(&thread, 1, take_and_give_own_until_stopped);
    for (int round = 0; round < 20; round++) {
        int status;
        pid_t pid;

        lock_take_all();
        pid = fork();
        lock_give_all();
        require(pid >= 0);
        if (pid == 0) {
            alarm(5);
            for (int i = 0; i < 3; i++) {
                lock_take_own(&own[i]);
                lock_give_own(&own[i]);
            }
            _exit(0);
        }
        require_equal(waitpid(pid, &status, 0), pid);
        require_equal(status, 0);
    }
    atomic_store(&stop, true);
    core_join_threads(&thread, 1);
}

static void take_own_below_its_rank(void)
{
    lock_take(LOCK_HUGE);
    lock_take_own(&own[0]);
    lock_give_own(&own[0]);
    lock_give(LOCK_HUGE);
}

// Only builds with assertions look at ranks; the others must not be slowed by it.
static void wrong_order_is_a_bug_of_ours_where_that_is_checked(void **state)
{
    static void (*const wrong[])(void) = {take_lower_rank, give_what_is_not_held,
                                          take_own_below_its_rank};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct child child = core_child(wrong[i]);

        assert_int_equal(child.signal, CHECKED ? SIGABRT : 0);
        assert_int_equal(strstr(child.text, "lock.c") != NULL, CHECKED);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(holders_of_many_threads_exclude_each_other),
        alone(waiters_sleep_and_are_all_woken),
        alone(locks_of_different_rank_do_not_meet),
        alone(take_all_holds_every_lock_until_give_all),
        alone(held_is_the_calling_threads_own_answer),
        alone(any_held_is_the_calling_threads_own_answer_too),
        alone(locks_of_objects_exclude_and_count_as_held),
        alone(fork_takes_the_locks_of_objects_that_joined),
        alone(fork_with_all_taken_leaves_them_usable_on_both_sides),
        cmocka_unit_test(wrong_order_is_a_bug_of_ours_where_that_is_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
