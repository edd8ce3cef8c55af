// SPDX-License-Identifier: MIT
// 64 threads allocate while another forks in a loop; each child must allocate, free what the
// parent's threads had made, start a thread of its own and exit, all within a time limit.
#include "stress.h"

#include <signal.h>
#include <sys/wait.h>

enum { THREADS = 64, SLOTS = 16, CHILD_SECONDS = 20 };

struct shown {
    size_t size;
    uint64_t seed;
};

// Blocks that the threads show to everyone. Whoever takes one out by exchange frees it.
static _Atomic(struct shown *) shelf[THREADS][SLOTS];
static atomic_bool stop;
static _Atomic uint64_t operations;

static struct shown *make_shown(uint64_t *random, unsigned bits)
{
    size_t size = sizeof(struct shown) + 1 + stress_size(random, bits);
    struct shown *s = malloc(size);

    stress_expect(s != NULL, "malloc returned NULL");
    s->size = size;
    s->seed = *random;
    stress_fill(s + 1, size - sizeof *s, s->seed);
    return s;
}

static void free_shown(struct shown *s)
{
    if (s != NULL) {
        stress_verify(s + 1, s->size - sizeof *s, s->seed);
        free(s);
    }
}

static void *allocate(void *argument)
{
    size_t self = (uintptr_t)argument;
    uint64_t random = self * 104729 + 17;
    uint64_t count = 0;

    while (!atomic_load(&stop)) {
        // A neighbour's shelf now and then, so that the parent frees across threads as well.
        size_t whose = count % 8 == 0 ? (self + 1) % THREADS : self;
        unsigned bits = count % 512 == 0 ? 19 : 10;

        free_shown(atomic_exchange(&shelf[whose][stress_random(&random) % SLOTS],
                                   make_shown(&random, bits)));
        // Without a pause 64 threads leave the forking one next to no processor time.
        if (++count % 128 == 0) {
            stress_sleep_ms(2);
        }
    }
    atomic_fetch_add(&operations, count);
    return NULL;
}

static void *thread_of_child(void *argument)
{
    uint64_t random = (uintptr_t)argument + 3;

    for (unsigned i = 0; i < 50; i++) {
        free_shown(make_shown(&random, 16));
    }
    return NULL;
}

static void live_as_child(uint64_t random)
{
    struct shown *own[100];
    pthread_t thread;

    alarm(CHILD_SECONDS);
    for (size_t i = 0; i < 100; i++) {
        own[i] = make_shown(&random, i == 0 ? 20 : 12);
    }
    for (size_t t = 0; t < THREADS; t++) {
        for (size_t i = 0; i < SLOTS; i++) {
            free_shown(atomic_exchange(&shelf[t][i], NULL));
        }
    }
    thread = stress_thread(thread_of_child, &own);
    for (size_t i = 0; i < 100; i++) {
        free_shown(own[i]);
    }
    stress_expect(pthread_join(thread, NULL) == 0, "pthread_join in the child");
    _exit(0);
}

int main(void)
{
    pthread_t threads[THREADS];
    double deadline = 0;
    unsigned forks = 0;

    stress_start("fork_storm");
    for (size_t i = 0; i < THREADS; i++) {
        threads[i] = stress_thread(allocate, (void *)i);
    }
    deadline = stress_now() + stress_seconds(4);
    for (; stress_now() < deadline; forks++) {
        pid_t child = fork();
        int status = 0;

        if (child == 0) {
            live_as_child(forks + 1);
        }
        stress_expect(child > 0, "fork");
        stress_expect(waitpid(child, &status, 0) == child, "waitpid");
        if (status != 0) {
            fprintf(stderr, "child %u: status 0x%x%s\n", forks, (unsigned)status,
                    WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? ", it hung" : "");
        }
        stress_expect(status == 0, "every child exits with status 0");
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("%u children, %llu operations in the parent\n", forks,
           (unsigned long long)atomic_load(&operations));
    return forks > 0 ? 0 : 1;
}
