// SPDX-License-Identifier: MIT
// A thread that only frees other threads' blocks must not hoard them: after it has freed all and
// sleeps, the owner allocates the same again and may need at most 64 KiB of new memory.
#include "stress.h"

#include <sys/wait.h>

enum { AMOUNT = 16 * STRESS_MIB };

// Everything beyond the 64 KiB that one round may touch anew: stacks, books, libc's own state.
enum { NOISE = 16 * STRESS_KIB };

static void **blocks;
static size_t count, block_size;
static pthread_barrier_t turn;

static void *only_free(void *argument)
{
    (void)argument;
    for (;;) {
        pthread_barrier_wait(&turn);
        if (count == 0) {
            return NULL;
        }
        for (size_t i = 0; i < count; i++) {
            stress_give(blocks[i], block_size, i);
        }
        pthread_barrier_wait(&turn);
    }
}

static void allocate_all(void)
{
    for (size_t i = 0; i < count; i++) {
        blocks[i] = stress_take(block_size, i);
    }
}

// Bytes of new memory the owner needs to have back what the other thread has freed.
static size_t held_back(size_t size)
{
    size_t before = 0, after = 0;

    block_size = size;
    count = AMOUNT / size;
    allocate_all();
    before = stress_anonymous();
    pthread_barrier_wait(&turn);
    pthread_barrier_wait(&turn);
    stress_sleep_ms(20);
    allocate_all();
    after = stress_anonymous();
    for (size_t i = 0; i < count; i++) {
        stress_give(blocks[i], block_size, i);
    }
    return stress_grown(before, after);
}

// One size in a process of its own, so that nothing left from another size serves this one.
static void measure(size_t size)
{
    char what[64];
    pthread_t freer;

    pthread_barrier_init(&turn, NULL, 2);
    freer = stress_thread(only_free, NULL);
    snprintf(what, sizeof what, "held back of blocks of %zu bytes", size);
    stress_bound(what, (double)held_back(size) / STRESS_KIB, 64 + NOISE / STRESS_KIB, "KiB");
    count = 0;
    pthread_barrier_wait(&turn);
    pthread_join(freer, NULL);
    _exit(0);
}

int main(void)
{
    static const size_t sizes[] = {200, 16, 48, 1000, 8000, 24000};

    stress_start("free_only");
    blocks = stress_books(AMOUNT / 16 * sizeof *blocks);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        pid_t child = fork();
        int status = 0;

        if (child == 0) {
            // The books were shared with the parent until now: make them resident once more.
            memset(blocks, 0, AMOUNT / 16 * sizeof *blocks);
            measure(sizes[i]);
        }
        stress_expect(child > 0 && waitpid(child, &status, 0) == child, "fork and waitpid");
        stress_expect(status == 0, "the size in its own process");
    }
    return 0;
}
