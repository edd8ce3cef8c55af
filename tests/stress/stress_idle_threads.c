// SPDX-License-Identifier: MIT
// 200 threads each work with 1 MiB of mixed blocks, free it all and go idle. A second later they
// may hold at most 256 KiB each, their stacks not counted.
#include "stress.h"

enum { THREADS = 200, ROUNDS = 3, SLOTS = 4096, STACK = 256 * STRESS_KIB };

static pthread_barrier_t all_freed, wake_up;

// One round: up to 1 MiB live of 16 B to 32 KiB, half of it replaced at random, all freed.
static void work(uint64_t *random, void **block, size_t *size)
{
    size_t count = 0, live = 0;

    for (; count < SLOTS && live < STRESS_MIB; count++) {
        size[count] = 16 + stress_size(random, 15);
        block[count] = stress_take(size[count], count);
        live += size[count];
    }
    for (size_t i = 0; i < count / 2; i++) {
        size_t at = stress_random(random) % count;

        stress_give(block[at], size[at], at);
        size[at] = 16 + stress_size(random, 15);
        block[at] = stress_take(size[at], at);
    }
    while (count-- > 0) {
        size_t at = stress_random(random) % (count + 1);

        stress_give(block[at], size[at], at);
        block[at] = block[count];
        size[at] = size[count];
        if (at < count) {
            stress_fill(block[at], size[at], at);
        }
    }
}

static void *work_and_idle(void *argument)
{
    // The books lie on the thread's stack, which is not counted.
    void *block[SLOTS];
    size_t size[SLOTS];
    uint64_t random = (uintptr_t)argument * 977 + 1;

    for (unsigned i = 0; i < ROUNDS; i++) {
        work(&random, block, size);
    }
    // Large blocks too: what a thread keeps of those is within the reach of others.
    for (unsigned i = 0; i < 4; i++) {
        block[i] = stress_take(120 * STRESS_KIB, i);
    }
    for (unsigned i = 0; i < 4; i++) {
        stress_give(block[i], 120 * STRESS_KIB, i);
    }
    pthread_barrier_wait(&all_freed);
    pthread_barrier_wait(&wake_up);
    return NULL;
}

// The second in which the threads idle; the main thread lives on and makes calls now and then.
static void wait_a_second(void)
{
    uint64_t random = 5;

    for (unsigned i = 0; i < 24; i++) {
        for (unsigned n = 0; n < 20; n++) {
            size_t size = 16 + stress_size(&random, 16);

            stress_give(stress_take(size, n), size, n);
        }
        stress_sleep_ms(50);
    }
}

int main(void)
{
    static pthread_t threads[THREADS];
    unsigned char *stacks = stress_books((size_t)THREADS * STACK);
    size_t before = 0, after = 0;
    pthread_attr_t attributes;

    stress_start("idle_threads");
    pthread_barrier_init(&all_freed, NULL, THREADS + 1);
    pthread_barrier_init(&wake_up, NULL, THREADS + 1);
    pthread_attr_init(&attributes);
    before = stress_rss();
    for (size_t i = 0; i < THREADS; i++) {
        stress_expect(pthread_attr_setstack(&attributes, stacks + i * STACK, STACK) == 0,
                      "pthread_attr_setstack");
        stress_expect(pthread_create(&threads[i], &attributes, work_and_idle, (void *)i) == 0,
                      "pthread_create");
    }
    pthread_barrier_wait(&all_freed);
    printf("resident above the start when all had freed: %.1f MiB\n",
           stress_mib(stress_grown(before, stress_rss())));
    wait_a_second();
    after = stress_rss();
    stress_bound("held by each idle thread",
                 (double)stress_grown(before, after) / THREADS / STRESS_KIB, 256, "KiB");
    pthread_barrier_wait(&wake_up);
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}
