// SPDX-License-Identifier: MIT
// Threads allocate for the first time in their process while another thread forks. Parent and child
// must find a whole heap. Each round is a process of its own, in which nothing was allocated before.
#include "stress.h"

#include <signal.h>
#include <sys/wait.h>

enum { ROUNDS = 300, THREADS = 3, STEPS = 300, ROUND_SECONDS = 20 };

static pthread_barrier_t ready;

static void work(size_t self)
{
    uint64_t random = self * 71 + 13;
    void *kept[16] = {NULL};
    size_t sizes[16] = {0};

    for (size_t i = 0; i < STEPS; i++) {
        size_t at = i % 16;

        if (kept[at] != NULL) {
            stress_give(kept[at], sizes[at], self);
        }
        sizes[at] = 1 + stress_size(&random, i % 20 == 0 ? 17 : 11);
        kept[at] = stress_take(sizes[at], self);
    }
    for (size_t at = 0; at < 16; at++) {
        stress_give(kept[at], sizes[at], self);
    }
}

static void *start_and_work(void *argument)
{
    pthread_barrier_wait(&ready);
    work((size_t)(uintptr_t)argument);
    return NULL;
}

static void expect_success(pid_t child, const char *what)
{
    int status = 0;

    stress_expect(child > 0 && waitpid(child, &status, 0) == child && status == 0, what);
}

static void fork_amid_first_allocations(unsigned round)
{
    pthread_t threads[THREADS];
    pid_t child;

    alarm(ROUND_SECONDS);
    pthread_barrier_init(&ready, NULL, THREADS + 1);
    for (size_t i = 0; i < THREADS; i++) {
        threads[i] = stress_thread(start_and_work, (void *)(i + 1));
    }
    pthread_barrier_wait(&ready);
    // The first allocations take some microseconds; the fork is tried at all of their places.
    for (volatile unsigned pause = round * 40; pause > 0; pause--) {
    }
    child = fork();
    if (child == 0) {
        alarm(ROUND_SECONDS);
        work(THREADS + 1);
        _exit(0);
    }
    expect_success(child, "the child of threads that allocate for the first time");
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
}

int main(void)
{
    stress_start("first_fork");
    for (unsigned round = 0; round < ROUNDS; round++) {
        pid_t process = fork();

        if (process == 0) {
            fork_amid_first_allocations(round);
            _exit(0);
        }
        expect_success(process, "a process of threads that allocate for the first time");
    }
    puts("all processes and their children ended well");
    return 0;
}
