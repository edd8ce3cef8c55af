// SPDX-License-Identifier: MIT
// fork while other threads allocate: the child has whole locks, and goes on allocating.
#include "expect.h"
#include "ikyoalloc/stats.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/wait.h>

enum { THREADS = 4, FORKS = 20, HUGE_ONE_IN = 4096 };

static _Atomic(bool) stop;

static void *allocate_always(void *argument)
{
    uintptr_t random = (uintptr_t)argument;

    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        random = random * 6364136223846793005u + 1;
        free(malloc((random >> 40) % HUGE_ONE_IN == 0 ? (size_t)33 << 20 : random >> 44 & 0xffff));
    }
    return NULL;
}

// Of the threads, one is in the child.
static uint64_t threads_with_a_cache(void)
{
    bool (*get)(struct ikyo_stats *, size_t) =
        (bool (*)(struct ikyo_stats *, size_t))dlsym(RTLD_DEFAULT, "ikyo_stats_get");
    struct ikyo_stats s;

    EXPECT(get != NULL && get(&s, sizeof(s)));
    return s.threads;
}

static void allocate_in_child(void)
{
    for (size_t size = 16; size < (size_t)50 << 20; size *= 2) {
        char *p = malloc(size);

        EXPECT(p != NULL);
        p[size - 1] = 1;
        free(p);
    }
    EXPECT(threads_with_a_cache() == 1);
    _exit(0);
}

static void a_child_of_a_busy_process_allocates(void)
{
    pthread_t threads[THREADS];

    for (uintptr_t i = 0; i < THREADS; i++)
        EXPECT(pthread_create(&threads[i], NULL, allocate_always, (void *)(i + 1)) == 0);
    for (int i = 0; i < FORKS; i++) {
        int status = 0;
        pid_t child = fork();

        EXPECT(child >= 0);
        if (child == 0)
            allocate_in_child();
        EXPECT(waitpid(child, &status, 0) == child && status == 0);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < THREADS; i++)
        EXPECT(pthread_join(threads[i], NULL) == 0);
}

static void *allocate_in_thread(void *argument)
{
    free(malloc(100));
    return argument;
}

static void a_child_may_start_threads(void)
{
    int status = 0;
    pid_t child = fork();

    EXPECT(child >= 0);
    if (child == 0) {
        pthread_t thread;

        EXPECT(pthread_create(&thread, NULL, allocate_in_thread, NULL) == 0);
        EXPECT(pthread_join(thread, NULL) == 0);
        _exit(0);
    }
    EXPECT(waitpid(child, &status, 0) == child && status == 0);
}

int main(void)
{
    static const struct test tests[] = {
        TEST(a_child_of_a_busy_process_allocates),
        TEST(a_child_may_start_threads),
    };

    return RUN_TESTS(tests);
}
