// SPDX-License-Identifier: MIT
// A thread's cache: from its first slow path to its end, after its end, and across fork.
#include "tls/thread.h"

#include "alloc.h"
#include "base/lock.h"
#include "init.h"
#include "tls/magazine.h"
#include "tls/upkeep.h"
#include "vm/extent.h"

#include "core.h"
#include "core_tsan.h"

enum { THREADS = 4, BLOCKS = 500, ROUNDS = 40 };

static void *run_in_thread(void *(*run)(void *), void *arg)
{
    pthread_t thread;
    void *result;

    require_equal(pthread_create(&thread, NULL, run, arg), 0);
    require_equal(pthread_join(thread, &result), 0);
    return result;
}

struct counts {
    size_t live, pooled, dead;
};

static void count_life(struct thread_cache *t, void *context)
{
    struct counts *c = context;
    uint32_t life = atomic_load(&t->life);

    c->live += life == CACHE_LIVE;
    c->pooled += life == CACHE_POOLED;
    c->dead += life == CACHE_DEAD;
}

static struct counts counts(void)
{
    struct counts c = {0, 0, 0};

    thread_visit_caches(count_life, &c);
    return c;
}

static size_t used(void)
{
    size_t granules;

    lock_take(LOCK_EXTENT);
    extent_check();
    granules = extent_totals.used;
    lock_give(LOCK_EXTENT);
    return granules << GRANULE_SHIFT;
}

static void thread_without_a_cache_misses_on_every_call(void)
{
    require(cache_current() == &empty_cache);
    require(cache_mine() == NULL);
    init_ensure();
    require(cache_current() == &empty_cache);
    require_equal(counts().live, 0);
    free_block(alloc_block(100));
    require(cache_mine() != NULL && cache_current() == cache_mine());
    require_equal(counts().live, 1);
    for (int bin = 0; bin < BIN_COUNT; bin++)
        require(empty_cache.head[bin] == NULL);
}

static void enter_twice_gives_the_same_cache(void)
{
    struct thread_cache *t;

    init_ensure();
    t = thread_enter();
    require(t != NULL && t == cache_mine());
    thread_leave(t);
    require(thread_enter() == t);
    require_equal(atomic_load(&t->life), CACHE_LIVE);
}

static void *note_cache(void *arg)
{
    void *p = alloc_block(100);

    require(p != NULL);
    free_block(p);
    require(arg == NULL || cache_mine() != arg);
    return cache_mine();
}

static void second_thread_gets_a_cache_of_its_own_and_that_is_known(void)
{
    init_ensure();
    free_block(alloc_block(1));
    require(!cache_ever_two());
    require(run_in_thread(note_cache, cache_mine()) != NULL);
    require(cache_ever_two());
}

static void ended_threads_cache_is_emptied_pooled_and_used_again(void)
{
    void *first;
    size_t before;

    init_ensure();
    free_block(alloc_block(1));
    alloc_flush_thread();
    before = used();
    first = run_in_thread(note_cache, NULL);
    require_equal(used(), before);
    require(counts().live == 1 && counts().pooled == 1);
    for (int i = 0; i < 10; i++)
        require(run_in_thread(note_cache, NULL) == first);
    require(counts().live == 1 && counts().pooled == 1);
}

static void *lose_the_exit_hook(void *arg)
{
    struct thread_cache *t = thread_enter();

    require(os_thread_exit_arm(NULL));
    for (int i = 0; i < FLUSH_PERIOD; i++)
        upkeep_tick(t);
    thread_leave(t);
    return arg;
}

static void exit_hook_that_was_lost_is_renewed_by_slow_paths(void)
{
    init_ensure();
    run_in_thread(lose_the_exit_hook, NULL);
    require_equal(counts().live, 0);
    require_equal(counts().pooled, 1);
}

static void *blocks[THREADS][BLOCKS];

static void *take_blocks(void *arg)
{
    for (int i = 0; i < BLOCKS; i++) {
        blocks[(uintptr_t)arg][i] = alloc_block((size_t)i * 37 % 3000);
        require(blocks[(uintptr_t)arg][i] != NULL);
    }
    return NULL;
}

static void blocks_outlive_their_thread_and_are_freed_by_others(void)
{
    pthread_t threads[THREADS];

    init_ensure();
    free_block(alloc_block(1));
    for (int round = 0; round < 5; round++) {
        core_start_threads(threads, THREADS, take_blocks);
        core_join_threads(threads, THREADS);
        for (int i = 0; i < THREADS * BLOCKS; i++)
            free_block(blocks[i % THREADS][i / THREADS]);
    }
    alloc_trim(0);
    require_equal(used(), 0);
}

static _Atomic(void *) passed[THREADS];
static _Atomic(int) running;

// Frees what others took while those come to their end: messages to ended threads.
static void *take_pass_on_and_end(void *arg)
{
    size_t me = (uintptr_t)arg;
    struct core_random r = {core_seed + me + 1};

    for (int i = 0; i < BLOCKS; i++) {
        void *p = alloc_block(core_random_below(&r, 400));

        require(p != NULL);
        p = atomic_exchange(&passed[core_random_below(&r, THREADS)], p);
        free_block(p);
    }
    atomic_fetch_sub(&running, 1);
    return NULL;
}

static void messages_to_threads_that_end_are_not_lost(void)
{
    pthread_t threads[THREADS];

    init_ensure();
    core_random_start();
    for (int round = 0; round < ROUNDS; round++) {
        core_start_threads(threads, THREADS, take_pass_on_and_end);
        core_join_threads(threads, THREADS);
    }
    for (int i = 0; i < THREADS; i++)
        free_block(atomic_load(&passed[i]));
    alloc_trim(0);
    require_equal(used(), 0);
    require(counts().pooled <= THREADS);
}

static pthread_key_t late_key;

// Runs after our own hook in the second round of destructors: the cache is gone.
static void work_late(void *value)
{
    static _Thread_local int rounds;
    void *p = alloc_block(1000);

    require(p != NULL);
    free_block(p);
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

static void thread_that_has_left_still_allocates_and_leaves_nothing(void)
{
    init_ensure();
    free_block(alloc_block(1));
    require_equal(pthread_key_create(&late_key, work_late), 0);
    for (int i = 0; i < 10; i++)
        run_in_thread(set_late_key, NULL);
    alloc_trim(0);
    require_equal(used(), 0);
    require(cache_current() != &empty_cache);
}

static void careful_thread_misses_until_told_otherwise(void)
{
    void *p;

    init_ensure();
    p = alloc_block(64);
    thread_set_careful(true);
    require(cache_current() == &empty_cache);
    free_block(p);
    free_block(alloc_block(64));
    thread_set_careful(false);
    require(cache_current() == cache_mine() && cache_mine() != NULL);
}

static _Atomic(bool) stop;

static void *work_until_stopped(void *arg)
{
    struct core_random r = {(uintptr_t)arg + 1};
    void *held[32] = {NULL};

    while (!atomic_load(&stop)) {
        size_t i = core_random_below(&r, 32);

        free_block(held[i]);
        held[i] = alloc_block(core_random_below(&r, 5000));
    }
    for (int i = 0; i < 32; i++)
        free_block(held[i]);
    return NULL;
}

static void use_after_fork(size_t threads)
{
    alarm(10);
    require_equal(counts().dead, threads);
    require_equal(counts().live, 1);
    for (int i = 0; i < BLOCKS; i++) {
        char *p = alloc_block((size_t)i * 71);

        require(p != NULL);
        memset(p, 1, (size_t)i * 71);
        free_block(p);
    }
    alloc_trim(0);
    _exit(0);
}

static void *wait_until_stopped(void *arg)
{
    free_block(alloc_block(10));
    atomic_fetch_add(&running, 1);
    while (!atomic_load(&stop))
        usleep(500);
    return arg;
}

static void child_of_a_fork_calls_other_threads_caches_dead(void)
{
    pthread_t threads[2];
    int status;
    pid_t pid;

    init_ensure();
    free_block(alloc_block(1));
    core_start_threads(threads, 2, wait_until_stopped);
    while (atomic_load(&running) < 2)
        usleep(500);
    pid = fork();
    if (pid == 0)
        use_after_fork(2);
    require_equal(waitpid(pid, &status, 0), pid);
    require(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    require_equal(counts().live, 3);
    require_equal(counts().dead, 0);
    atomic_store(&stop, true);
    core_join_threads(threads, 2);
}

static void forks_amid_the_work_of_threads_leave_both_sides_usable(void)
{
    pthread_t threads[2];
    int status;

    init_ensure();
    free_block(alloc_block(1));
    core_start_threads(threads, 2, work_until_stopped);
    while (counts().live < 3)
        usleep(500);
    for (int i = 0; i < 15; i++) {
        pid_t pid = fork();

        require(pid >= 0);
        if (pid == 0)
            use_after_fork(2);
        require_equal(waitpid(pid, &status, 0), pid);
        require(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    atomic_store(&stop, true);
    core_join_threads(threads, 2);
    alloc_trim(0);
    require_equal(used(), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(thread_without_a_cache_misses_on_every_call),
        alone(enter_twice_gives_the_same_cache),
        alone(second_thread_gets_a_cache_of_its_own_and_that_is_known),
        alone(ended_threads_cache_is_emptied_pooled_and_used_again),
        alone(exit_hook_that_was_lost_is_renewed_by_slow_paths),
        alone(blocks_outlive_their_thread_and_are_freed_by_others),
        alone(messages_to_threads_that_end_are_not_lost),
        alone(thread_that_has_left_still_allocates_and_leaves_nothing),
        alone(careful_thread_misses_until_told_otherwise),
        alone(child_of_a_fork_calls_other_threads_caches_dead),
        alone(forks_amid_the_work_of_threads_leave_both_sides_usable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
