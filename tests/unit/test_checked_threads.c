// SPDX-License-Identifier: MIT
// The checked modes with several threads, in threads that have left, across fork, and with blocks
// that are older than the mode.
#include "core_checked.h"

#include "checked_give.h"
#include "tls/thread.h"

#include "core_tsan.h"

enum { SIZE = 100, MANY = 2000, ROUNDS = 300, THREADS = 3, STEPS = 3000 };

static void *blocks[MANY];

static void run_in_thread(void *(*body)(void *), void *arg)
{
    pthread_t thread;

    require_equal(pthread_create(&thread, NULL, body, arg), 0);
    require_equal(pthread_join(thread, NULL), 0);
}

static void *free_all(void *arg)
{
    for (int i = 0; i < MANY; i++)
        free_block(blocks[i]);
    checked_flush();
    return arg;
}

// The smallest blocks have a link, a tag and nothing between.
static void messages_to_other_threads_leave_tags_alone(void)
{
    start_checked();
    for (size_t size = 1; size <= 33; size += 8)
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < MANY; i++)
                blocks[i] = take(size);
            run_in_thread(free_all, NULL);
            expect_nothing_found();
        }
    require_equal(checked_look_at_all(CALL_CHECK_HEAP), 0);
    expect_nothing_found();
}

static void *free_one(void *p)
{
    free_block(p);
    return NULL;
}

static void second_free_by_another_thread_is_a_double_free(void)
{
    start_checked();
    for (size_t i = 0; i < SIZES; i++) {
        void *p = take(sizes[i]);

        free_block(p);
        run_in_thread(free_one, p);
        expect_found(FOUND_DOUBLE_FREE, p);
    }
}

static void *_Atomic shared;
static pthread_barrier_t both;

static void *free_shared(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_barrier_wait(&both);
        free_block(atomic_load(&shared));
        pthread_barrier_wait(&both);
    }
    return arg;
}

// Whoever comes second is told so, and nothing else: the block is one of the first's by then.
static void two_frees_at_once_are_one_double_free(void)
{
    pthread_t other;

    start_checked();
    pthread_barrier_init(&both, NULL, 2);
    core_start_threads(&other, 1, free_shared);
    for (int i = 0; i < ROUNDS; i++) {
        void *p = take((size_t)i * 50); // a large one may fault in the second call

        atomic_store(&shared, p);
        pthread_barrier_wait(&both);
        free_block(p);
        pthread_barrier_wait(&both);
        expect_found(FOUND_DOUBLE_FREE, p);
    }
    core_join_threads(&other, 1);
}

static void *work(void *seed)
{
    struct core_random r = {(uintptr_t)seed + 1};
    char *held[32] = {NULL};
    size_t size[32];

    for (int step = 0; step < STEPS; step++) {
        size_t i = core_random_below(&r, 32);

        if (held[i] != NULL)
            require(core_reads_only(held[i], size[i], (char)(i + (uintptr_t)seed)));
        free_block(held[i]);
        size[i] = core_random_below(&r, (size_t)16 << core_random_below(&r, 12)) + 1;
        held[i] = take(size[i]);
        memset(held[i], (int)(i + (uintptr_t)seed), size[i]);
    }
    return NULL;
}

static void look_while_others_work_finds_nothing(void)
{
    pthread_t threads[THREADS];

    start_checked();
    core_start_threads(threads, THREADS, work);
    for (int i = 0; i < 50; i++)
        require_equal(checked_look_at_all(CALL_CHECK_HEAP), 0);
    core_join_threads(threads, THREADS);
    require_equal(checked_look_at_all(CALL_CHECK_HEAP), 0);
    expect_nothing_found();
}

static pthread_key_t late_key;
static bool was_late;

// Runs after our own hook in the second round of destructors: the cache is gone.
static void work_late(void *value)
{
    static _Thread_local int rounds;

    if (thread_own() == NULL) {
        was_late = true;
        for (size_t i = 0; i < SIZES; i++) {
            char *p = alloc_resize(take(sizes[i]), sizes[i] + 100);

            require(p != NULL);
            free_block(p);
        }
        free_block(value);
        free_block(value);
        expect_found(FOUND_DOUBLE_FREE, value);
        return;
    }
    free_block(value);
    if (++rounds < 3)
        require_equal(pthread_setspecific(late_key, alloc_block(77)), 0);
}

static void *set_late_key(void *arg)
{
    free_block(alloc_block(1));
    require_equal(pthread_setspecific(late_key, alloc_block(88)), 0);
    return arg;
}

static void thread_that_has_left_is_checked_as_well(void)
{
    start_checked();
    require_equal(pthread_key_create(&late_key, work_late), 0);
    for (int i = 0; i < 5; i++)
        run_in_thread(set_late_key, NULL);
    require(was_late);
    expect_nothing_found();
}

static void *hold_some_back(void *arg)
{
    for (int i = 0; i < 20; i++)
        free_block(blocks[i]);
    return arg;
}

static void blocks_held_by_a_thread_that_ended_come_back(void)
{
    start_checked();
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 20; i++)
            blocks[i] = take(10000);
        run_in_thread(hold_some_back, NULL);
    }
    require_equal(checked_look_at_all(CALL_CHECK_HEAP), 0);
    expect_nothing_found();
}

static void *wait_with_a_cache(void *arg)
{
    free_block(alloc_block(1));
    pthread_barrier_wait(&both);
    pthread_barrier_wait(&both);
    return arg;
}

static void require_child_finds(size_t count)
{
    pid_t pid = fork();
    int status;

    require(pid >= 0);
    if (pid == 0)
        _exit((int)checked_look_at_all(CALL_EXIT));
    require_equal(waitpid(pid, &status, 0), pid);
    require(WIFEXITED(status));
    require_equal(WEXITSTATUS(status), count);
}

// A free block that somebody wrote to stands for one that a thread was about to change. In full
// it has no record, so nobody looks there.
static void free_blocks_are_looked_at_only_where_no_other_thread_is_or_was(void)
{
    pthread_t other;
    char *p;

    start_checked();
    p = take(SIZE);
    free_block(p);
    checked_flush();
    p[50] = 'x';
    require_child_finds(in_full() ? 0 : 1);
    pthread_barrier_init(&both, NULL, 2);
    core_start_threads(&other, 1, wait_with_a_cache);
    pthread_barrier_wait(&both);
    require_equal(checked_look_at_all(CALL_CHECK_HEAP), 0);
    require_child_finds(0);
    pthread_barrier_wait(&both);
    core_join_threads(&other, 1);
    require_equal(checked_look_at_all(CALL_CHECK_HEAP), in_full() ? 0 : 1);
}

static void blocks_older_than_the_options_are_served_without_tags(void)
{
    static char full[] = "IKYO_CHECK=full", hardened[] = "IKYO_CHECK=hardened";
    char *late[] = {in_full() ? full : hardened, NULL};
    char **before = environ;
    char *old[SIZES], *p, *huge;

    environ = NULL;
    huge = take(RUN_MAX + 1);
    for (size_t i = 0; i < SIZES; i++) {
        old[i] = take(sizes[i]);
        memset(old[i], 'a', sizes[i]);
    }
    environ = late;
    init_ensure();
    require(checked_mode());
    require(ikyo_option_set("on_error", "warn"));
    free_block(huge);
    huge = take(RUN_MAX + 1);
    free_block(huge);
    free_block(huge);
    expect_found(FOUND_DOUBLE_FREE, huge);
    for (size_t i = 0; i < SIZES; i++) {
        require(alloc_usable_size(old[i]) >= sizes[i]);
        p = old[i];
        if (i % 2 == 0)
            p = alloc_resize(p, 2 * sizes[i] + 100);
        require(p != NULL && core_reads_only(p, sizes[i], 'a'));
        free_block(p);
    }
    require_equal(checked_look_at_all(CALL_CHECK_HEAP), 0);
    expect_nothing_found();
    environ = before;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_both(messages_to_other_threads_leave_tags_alone),
        in_both(second_free_by_another_thread_is_a_double_free),
        in_both(two_frees_at_once_are_one_double_free),
        in_both(look_while_others_work_finds_nothing),
        in_both(thread_that_has_left_is_checked_as_well),
        in_both(blocks_held_by_a_thread_that_ended_come_back),
        in_both(free_blocks_are_looked_at_only_where_no_other_thread_is_or_was),
        in_both(blocks_older_than_the_options_are_served_without_tags),
    };

    return cmocka_run_group_tests_name("checked_threads", tests, NULL, NULL);
}
