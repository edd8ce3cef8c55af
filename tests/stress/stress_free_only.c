// SPDX-License-Identifier: MIT
// A thread that only frees other threads' blocks must not hoard them: after it has freed all and
// sleeps, the owner allocates the same again and may need at most 64 KiB more of new memory than
// if it had freed the blocks itself.
#include "stress.h"

#include <sys/wait.h>

enum { AMOUNT = 16 * STRESS_MIB };

static void **blocks;
static size_t count, block_size;
static pthread_barrier_t turn;

static void *only_free(void *argument)
{
    (void)argument;
    // What a thread costs because it exists is not what it holds back.
    stress_give(stress_take(block_size, 1), block_size, 1);
    pthread_barrier_wait(&turn);
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

static void free_all(void)
{
    for (size_t i = 0; i < count; i++) {
        stress_give(blocks[i], block_size, i);
    }
}

// Bytes of new memory the owner needs to have again what was freed, by itself or by the other.
static size_t needed_anew(bool by_other)
{
    pthread_t freer;
    size_t before = 0, after = 0;

    pthread_barrier_init(&turn, NULL, 2);
    freer = stress_thread(only_free, NULL);
    pthread_barrier_wait(&turn);
    allocate_all();
    before = stress_anonymous();
    if (by_other) {
        pthread_barrier_wait(&turn);
        pthread_barrier_wait(&turn);
        stress_sleep_ms(20);
    } else {
        free_all();
    }
    allocate_all();
    after = stress_anonymous();
    free_all();
    count = 0;
    pthread_barrier_wait(&turn);
    pthread_join(freer, NULL);
    return stress_grown(before, after);
}

// The same in a process of its own, so that nothing left from before serves it.
static size_t needed_in_child(size_t size, bool by_other)
{
    size_t *answer =
        mmap(NULL, sizeof *answer, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = fork();
    int status = 0;
    size_t needed = 0;

    stress_expect(answer != MAP_FAILED, "mmap of the answer");
    if (child == 0) {
        // The books were shared with the parent until now: make them resident once more.
        memset(blocks, 0, AMOUNT / 16 * sizeof *blocks);
        block_size = size;
        count = AMOUNT / size;
        *answer = needed_anew(by_other);
        _exit(0);
    }
    stress_expect(child > 0 && waitpid(child, &status, 0) == child, "fork and waitpid");
    stress_expect(status == 0, "the child ends with status 0");
    needed = *answer;
    munmap(answer, sizeof *answer);
    return needed;
}

int main(void)
{
    static const size_t sizes[] = {200, 16, 48, 1000, 8000, 24000};

    stress_start("free_only");
    blocks = stress_books(AMOUNT / 16 * sizeof *blocks);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t own = needed_in_child(sizes[i], false);
        size_t other = needed_in_child(sizes[i], true);
        char what[64];

        snprintf(what, sizeof what, "held back of blocks of %zu bytes", sizes[i]);
        stress_bound(what, (double)stress_grown(own, other) / STRESS_KIB, 64, "KiB");
    }
    return 0;
}
