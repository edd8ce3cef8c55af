// SPDX-License-Identifier: MIT
// A whole life under `ulimit -v 400000`: four threads with 40 MiB live each, in rounds, and
// threads started and ended under the same limit.
#include "stress.h"

enum { THREADS = 4, SLOTS = 32768, LIVE = 40 * STRESS_MIB, LIMIT_KIB = 400000 };

static double deadline;
static _Atomic unsigned rounds;

static void *allocate_rounds(void *argument)
{
    uint64_t random = (uintptr_t)argument * 57 + 1;
    void **block = stress_books(SLOTS * sizeof *block);
    size_t *size = stress_books(SLOTS * sizeof *size);
    size_t count = 0, live = 0;

    for (; count < SLOTS && live < LIVE; count++) {
        size[count] = 1 + stress_size(&random, count % 32 == 0 ? 19 : 12);
        block[count] = stress_take(size[count], count);
        live += size[count];
    }
    for (size_t i = 0; i < count; i++) {
        size_t more = size[i] + size[i] / 8 + 1;
        void *moved = NULL;

        stress_verify(block[i], size[i], i);
        moved = realloc(block[i], more);
        stress_expect(moved != NULL, "realloc under the limit");
        free(moved);
    }
    munmap(block, SLOTS * sizeof *block);
    munmap(size, SLOTS * sizeof *size);
    atomic_fetch_add(&rounds, 1);
    return NULL;
}

int main(int count, char **arguments)
{
    if (count == 1) {
        struct rlimit limit = {(rlim_t)LIMIT_KIB * STRESS_KIB, (rlim_t)LIMIT_KIB * STRESS_KIB};
        char *again[] = {arguments[0], (char *)"limited", NULL};

        stress_expect(setrlimit(RLIMIT_AS, &limit) == 0, "setrlimit");
        execv("/proc/self/exe", again);
        stress_expect(false, "execv of itself");
    }
    stress_start("ulimit_v");
    deadline = stress_now() + stress_seconds(2);
    while (stress_now() < deadline) {
        pthread_t threads[THREADS];

        for (size_t i = 0; i < THREADS; i++) {
            threads[i] = stress_thread(allocate_rounds, (void *)(i + atomic_load(&rounds)));
        }
        for (size_t i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
        }
    }
    printf("%u threads under the limit\n", atomic_load(&rounds));
    return atomic_load(&rounds) > 0 ? 0 : 1;
}
