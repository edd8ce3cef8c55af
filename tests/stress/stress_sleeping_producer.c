// SPDX-License-Identifier: MIT
// A thread allocates everything, hands it over and sleeps for ever. What the others free must be
// reusable by them: at least 95 % of it, although its owner never calls the allocator again.
#include "stress.h"

enum { USERS = 3, BLOCK = 200 };

static void **blocks;
static size_t count;
static atomic_bool handed;
static pthread_barrier_t freed;

static void *produce_and_sleep(void *argument)
{
    (void)argument;
    for (size_t i = 0; i < count; i++) {
        blocks[i] = stress_take(BLOCK, i);
    }
    atomic_store(&handed, true);
    for (;;) {
        pause();
    }
    return NULL;
}

// Frees one share of the blocks and, once everybody has, allocates the same share again.
static void *free_and_allocate(void *argument)
{
    size_t self = (uintptr_t)argument;

    for (size_t i = self; i < count; i += USERS) {
        stress_give(blocks[i], BLOCK, i);
    }
    pthread_barrier_wait(&freed);
    for (size_t i = self; i < count; i += USERS) {
        blocks[i] = stress_take(BLOCK, i + 1);
    }
    for (size_t i = self; i < count; i += USERS) {
        stress_verify(blocks[i], BLOCK, i + 1);
    }
    return NULL;
}

int main(void)
{
    pthread_t users[USERS];
    size_t before = 0, after = 0;

    stress_start("sleeping_producer");
    count = stress_amount() / BLOCK;
    blocks = stress_books(count * sizeof *blocks);
    pthread_barrier_init(&freed, NULL, USERS);
    stress_thread(produce_and_sleep, NULL);
    while (!atomic_load(&handed)) {
        stress_sleep_ms(1);
    }
    before = stress_rss();
    for (size_t i = 0; i < USERS; i++) {
        users[i] = stress_thread(free_and_allocate, (void *)i);
    }
    for (size_t i = 0; i < USERS; i++) {
        pthread_join(users[i], NULL);
    }
    after = stress_rss();
    printf("%.0f MiB in %zu blocks, resident %.1f MiB before and %.1f MiB after\n",
           stress_mib(count * BLOCK), count, stress_mib(before), stress_mib(after));
    stress_bound("not reused",
                 100.0 * (double)stress_grown(before, after) / (double)(count * BLOCK), 5, "%");
    return 0;
}
