// SPDX-License-Identifier: MIT
// Spaces with several threads: many on one space, blocks freed by others, spaces that end while
// others are in use, and fork at any moment.
#include "core_space.h"

#include "tls/thread.h"

#include "core_tsan.h"

#include <sys/wait.h>

enum { THREADS = 4, HELD = 64, STEPS = 20000, ROUNDS = 200, HANDED = 256 };

static struct ikyo_space *shared;

static size_t random_size(struct core_random *r)
{
    return core_random_below(r, 500) == 0
               ? core_random_below(r, 300 * KIB)
               : core_random_below(r, (size_t)16 << core_random_below(r, 9));
}

static void *work_on_shared(void *arg)
{
    struct core_random r = {(uintptr_t)arg * 77 + 1};
    unsigned char *held[HELD] = {NULL};
    size_t size[HELD];

    for (int step = 0; step < STEPS; step++) {
        size_t i = core_random_below(&r, HELD);

        if (held[i] == NULL) {
            size[i] = random_size(&r);
            held[i] = ikyo_space_alloc(shared, size[i]);
            require(held[i] != NULL);
            memset(held[i], (int)((uintptr_t)arg + i), size[i]);
            continue;
        }
        require(core_reads_only((char *)held[i], size[i], (char)((uintptr_t)arg + i)));
        if (step % 2)
            free_block(held[i]);
        else
            ikyo_space_free(shared, held[i]);
        held[i] = NULL;
    }
    for (int i = 0; i < HELD; i++)
        if (held[i] != NULL)
            free_block(held[i]);
    return NULL;
}

static void threads_of_one_space_exclude_each_other(void)
{
    pthread_t threads[THREADS];

    shared = ikyo_space_create(NULL);
    core_start_threads(threads, THREADS, work_on_shared);
    core_join_threads(threads, THREADS);
    require_sound(shared);
    require_equal(ikyo_space_stats(shared).blocks, 0);
    require_equal(ikyo_space_stats(shared).bytes, 0);
}

// A ring of blocks from thread to thread, each freed by the next one.
static _Atomic(void *) handed[THREADS][HANDED];

static void *pass_on(void *arg)
{
    uintptr_t me = (uintptr_t)arg;
    struct ikyo_space *own = ikyo_space_create(NULL);
    struct core_random r = {me + 1};

    for (int step = 0; step < STEPS; step++) {
        size_t i = core_random_below(&r, HANDED);
        char *p = ikyo_space_alloc(own, 1 + random_size(&r));

        *p = 1;
        free_block(atomic_exchange(&handed[me][i], p));
        free_block(atomic_exchange(&handed[(me + 1) % THREADS][i], NULL));
    }
    return own;
}

static void blocks_freed_by_other_threads_leave_nothing_behind(void)
{
    pthread_t threads[THREADS];
    void *own[THREADS];

    init_ensure();
    core_start_threads(threads, THREADS, pass_on);
    for (int i = 0; i < THREADS; i++)
        require_equal(pthread_join(threads[i], &own[i]), 0);
    for (int i = 0; i < THREADS; i++)
        for (int j = 0; j < HANDED; j++)
            free_block(handed[i][j]);
    for (int i = 0; i < THREADS; i++) {
        require_sound(own[i]);
        require_equal(ikyo_space_stats(own[i]).blocks, 0);
        ikyo_space_destroy(own[i]);
    }
    alloc_trim(0);
    require_equal(pages_used(), 0);
}

// What a thread allocates, another one frees some of, and destroys: time and again, beside others.
static void *free_some(void *arg)
{
    void **blocks = arg;

    for (int i = 0; i < HELD; i += 2)
        free_block(blocks[i]);
    return NULL;
}

static void *come_and_go(void *arg)
{
    struct core_random r = {(uintptr_t)arg + 1};

    for (int round = 0; round < ROUNDS / 4; round++) {
        struct ikyo_space *s = ikyo_space_create(NULL);
        void *blocks[HELD];
        pthread_t other;

        for (int i = 0; i < HELD; i++)
            memset(blocks[i] = ikyo_space_alloc(s, 100 * (size_t)(i % 3 + 1)), (int)(uintptr_t)arg,
                   100);
        require_equal(pthread_create(&other, NULL, free_some, blocks), 0);
        require_equal(pthread_join(other, NULL), 0);
        for (int i = 1; i < HELD; i += 2)
            require(core_reads_only(blocks[i], 100, (char)(uintptr_t)arg));
        require(ikyo_space_alloc(s, random_size(&r)) != NULL);
        require_sound(s);
        ikyo_space_destroy(s);
        free_block(alloc_block(100));
    }
    return NULL;
}

static void spaces_end_while_others_are_in_use(void)
{
    pthread_t threads[THREADS];

    init_ensure();
    core_start_threads(threads, THREADS, come_and_go);
    core_join_threads(threads, THREADS);
    alloc_trim(0);
    require_equal(pages_used(), 0);
}

static _Atomic(bool) stop;

static void *work_until_stopped(void *arg)
{
    struct core_random r = {(uintptr_t)arg + 1};

    while (!atomic_load(&stop)) {
        struct ikyo_space *s = ikyo_space_create(NULL);

        for (int i = 0; i < 20; i++)
            free_block(ikyo_space_alloc(i % 2 ? s : shared, random_size(&r)));
        ikyo_space_destroy(s);
        if (core_random_below(&r, 50) == 0)
            alloc_trim(0);
    }
    return NULL;
}

// In the child all spaces are whole and can be used, also those that others were in.
static void use_in_child(void)
{
    struct ikyo_space *s = ikyo_space_create(NULL);

    alarm(20);
    require_sound(shared);
    pages_used();
    for (int i = 0; i < 200; i++) {
        require(ikyo_space_alloc(shared, 100) != NULL);
        ikyo_space_free(s, ikyo_space_alloc(s, 5000));
    }
    ikyo_space_destroy(shared);
    ikyo_space_destroy(s);
    alloc_trim(0);
    pages_used();
    _exit(0);
}

// Always on the way from one length to another: in place, by a move, and from run to mapping.
static void *resize_until_stopped(void *arg)
{
    struct core_random r = {(uintptr_t)arg + 1};
    char *p = NULL;

    while (!atomic_load(&stop)) {
        size_t size = core_random_below(&r, 8) == 0 ? RUN_MAX + core_random_below(&r, MIB)
                                                    : 40 * KIB + core_random_below(&r, MIB);

        p = ikyo_space_realloc(shared, p, size);
        require(p != NULL);
        *p = 1;
    }
    free_block(p);
    return NULL;
}

static void fork_beside(void *(*work)(void *arg))
{
    pthread_t threads[2];

    shared = ikyo_space_create(NULL);
    core_start_threads(threads, 2, work);
    for (int round = 0; round < ROUNDS / 4; round++) {
        pid_t pid = fork();
        int status;

        require(pid >= 0);
        if (pid == 0)
            use_in_child();
        require(waitpid(pid, &status, 0) == pid);
        require_equal(status, 0);
    }
    atomic_store(&stop, true);
    core_join_threads(threads, 2);
    require_sound(shared);
}

static void child_of_a_fork_finds_spaces_whole(void)
{
    fork_beside(work_until_stopped);
}

static void child_of_a_fork_has_no_block_that_was_being_resized(void)
{
    fork_beside(resize_until_stopped);
}

static void *fill_to_the_limit(void *arg)
{
    size_t count = 0;

    (void)arg;
    while (ikyo_space_alloc(shared, 1024) != NULL)
        count++;
    return (void *)count;
}

static void limit_holds_for_all_threads_together(void)
{
    pthread_t threads[THREADS];
    size_t sum = 0;

    shared = ikyo_space_create(&(struct ikyo_space_options){.limit = MIB});
    core_start_threads(threads, THREADS, fill_to_the_limit);
    for (int i = 0; i < THREADS; i++) {
        void *count;

        require_equal(pthread_join(threads[i], &count), 0);
        sum += (size_t)count;
    }
    require_equal(sum, MIB / 1024);
    require_equal(ikyo_space_stats(shared).bytes, MIB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        alone(threads_of_one_space_exclude_each_other),
        alone(blocks_freed_by_other_threads_leave_nothing_behind),
        alone(spaces_end_while_others_are_in_use),
        alone(child_of_a_fork_finds_spaces_whole),
        alone(child_of_a_fork_has_no_block_that_was_being_resized),
        alone(limit_holds_for_all_threads_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
