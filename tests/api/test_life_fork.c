// SPDX-License-Identifier: MIT
// New processes of every kind: fork amid busy threads, vfork, posix_spawn and bare clone.
#include "api.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4 };

extern char **environ;

static const size_t sizes[] = { 1, 40, 500, 3000, 30000, 200000, 5 * MIB, 40 * MIB };

enum { COUNT = sizeof(sizes) / sizeof(sizes[0]) };

// Exercises every kind of block; false when one is missing or spoilt.
static bool heap_works(void)
{
    void *blocks[COUNT];
    bool whole = true;

    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = call.malloc(sizes[i]);
        if (blocks[i] == NULL)
            return false;
        api_fill(blocks[i], sizes[i] < MIB ? sizes[i] : MIB, i);
    }
    for (size_t i = 0; i < COUNT; i++) {
        whole = whole && api_holds(blocks[i], sizes[i] < MIB ? sizes[i] : MIB, i);
        call.free(blocks[i]);
    }
    return whole;
}

static void assert_child_succeeds(pid_t child)
{
    int status = 0;

    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

// A new process without what libc does around it. On s390 the signal is the second argument.
static pid_t bare_clone(void)
{
    struct utsname system;
    bool second = uname(&system) == 0 && strncmp(system.machine, "s390", 4) == 0;
    long signal = SIGCHLD;

    return (pid_t)syscall(SYS_clone, second ? 0L : signal, second ? signal : 0L, 0L, 0L, 0L);
}

static atomic_bool stop;

static void *keep_busy(void *argument)
{
    uint64_t random = (uint64_t)(uintptr_t)argument + 1;
    void *blocks[64] = { NULL };

    while (!atomic_load(&stop)) {
        size_t slot = api_random(&random) % 64;
        size_t limit = slot == 0 ? 3 * MIB : slot < 4 ? 100 * KIB : 2000;
        call.free(blocks[slot]);
        blocks[slot] = call.malloc(api_random(&random) % limit);
    }
    for (size_t i = 0; i < 64; i++)
        call.free(blocks[i]);
    return NULL;
}

static void *thread_of_child(void *argument)
{
    *(bool *)argument = heap_works();
    return NULL;
}

// The child has one thread, a copy of the forking one, and may start others.
static int child_of_threads(void **inherited)
{
    pthread_t thread;
    bool worked = false;

    for (size_t i = 0; i < COUNT; i++) {
        if (!api_holds(inherited[i], sizes[i] < MIB ? sizes[i] : MIB, i))
            return 1;
        call.free(inherited[i]);
    }
    if (!heap_works())
        return 2;
    if (pthread_create(&thread, NULL, thread_of_child, &worked) != 0)
        return 3;
    return pthread_join(thread, NULL) == 0 && worked ? 0 : 4;
}

static void fork_amid_busy_threads_gives_the_child_a_working_heap(void **state)
{
    pthread_t threads[THREADS];
    void *blocks[COUNT];

    (void)state;
    fflush(NULL);
    atomic_store(&stop, false);
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, keep_busy, (void *)i), 0);
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = call.malloc(sizes[i]);
        assert_non_null(blocks[i]);
        api_fill(blocks[i], sizes[i] < MIB ? sizes[i] : MIB, i);
    }
    for (int round = 0; round < 100; round++) {
        pid_t child = fork();
        if (child == 0) {
            alarm(20);
            _exit(child_of_threads(blocks));
        }
        assert_child_succeeds(child);
        assert_true(heap_works());
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (size_t i = 0; i < COUNT; i++)
        call.free(blocks[i]);
}

static void children_of_children_have_a_working_heap(void **state)
{
    (void)state;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int status = 0;
        for (int depth = 0; depth < 10; depth++) {
            if (!heap_works())
                _exit(1);
            pid_t next = fork();
            if (next > 0) {
                waitpid(next, &status, 0);
                _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 2);
            }
        }
        _exit(heap_works() ? 0 : 3);
    }
    assert_child_succeeds(child);
}

static void allocate_around_fork(void)
{
    if (!heap_works())
        abort();
}

static void atfork_handlers_may_allocate(void **state)
{
    (void)state;
    fflush(NULL);
    assert_int_equal(pthread_atfork(allocate_around_fork, allocate_around_fork,
                                    allocate_around_fork), 0);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        _exit(heap_works() ? 0 : 1);
    }
    assert_child_succeeds(child);
}

static void vfork_and_exec_leaves_the_heap_whole(void **state)
{
    char *const arguments[] = { (char *)"true", NULL };

    (void)state;
    for (int round = 0; round < 20; round++) {
        pid_t child = vfork();
        if (child == 0) {
            execv("/bin/true", arguments);
            _exit(1);
        }
        assert_child_succeeds(child);
        assert_true(heap_works());
    }
}

static void posix_spawn_leaves_the_heap_whole(void **state)
{
    char *const arguments[] = { (char *)"sh", (char *)"-c", (char *)"exit 0", NULL };

    (void)state;
    for (int round = 0; round < 20; round++) {
        pid_t child = 0;
        assert_int_equal(posix_spawn(&child, "/bin/sh", NULL, NULL, arguments, environ), 0);
        assert_child_succeeds(child);
        assert_true(heap_works());
    }
}

static int use_heap_in_clone(void *argument)
{
    (void)argument;
    return heap_works() ? 0 : 1;
}

// With CLONE_VFORK the parent's thread sleeps, and the child runs in its memory with its
// thread-local data: for the allocator it is the parent's thread.
static void clone_in_the_same_memory_uses_the_heap(void **state)
{
    enum { STACK = 256 * KIB };
    char *stack = call.memalign(4096, STACK);

    (void)state;
    assert_non_null(stack);
    for (int round = 0; round < 20; round++) {
        pid_t child = clone(use_heap_in_clone, stack + STACK, CLONE_VM | CLONE_VFORK | SIGCHLD,
                            NULL);
        assert_child_succeeds(child);
        assert_true(heap_works());
    }
    call.free(stack);
}

// A fork that no handler hears of; harmless while no other thread is inside the allocator.
static void bare_clone_of_a_single_thread_has_a_working_heap(void **state)
{
    (void)state;
    fflush(NULL);
    for (int round = 0; round < 20; round++) {
        pid_t child = bare_clone();
        if (child == 0)
            _exit(heap_works() ? 0 : 1);
        assert_child_succeeds(child);
        assert_true(heap_works());
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bare_clone_of_a_single_thread_has_a_working_heap),
        cmocka_unit_test(fork_amid_busy_threads_gives_the_child_a_working_heap),
        cmocka_unit_test(children_of_children_have_a_working_heap),
        cmocka_unit_test(vfork_and_exec_leaves_the_heap_whole),
        cmocka_unit_test(posix_spawn_leaves_the_heap_whole),
        cmocka_unit_test(clone_in_the_same_memory_uses_the_heap),
        cmocka_unit_test(atfork_handlers_may_allocate),
    };

    return cmocka_run_group_tests_name("life_fork", tests, NULL, NULL);
}
