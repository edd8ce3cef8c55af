// SPDX-License-Identifier: MIT
// The same program on a kernel without the newer calls: newer advice to madvise and newer flags
// of mremap are refused, from the very first instruction of the process.
#include "filter.h"

#include <malloc.h>

enum { THREADS = 3, LIVE = 200, STEPS = 300000 };

// Advice above this was added after Linux 5.4; DONTUNMAP came with 5.7.
enum { NEWER_ADVICE = 22, DONTUNMAP = 4 };

static void exec_on_old_kernel(char *name)
{
    static const long newer[] = {SYS_getrandom, SYS_membarrier, SYS_process_madvise};
    struct filter filter = {.length = 0};
    char *again[] = {name, (char *)"filtered", NULL};

    filter_argument(&filter, SYS_madvise, 2, BPF_JGE, NEWER_ADVICE, SECCOMP_RET_ERRNO | EINVAL);
    filter_argument(&filter, SYS_mremap, 3, BPF_JSET, DONTUNMAP, SECCOMP_RET_ERRNO | EINVAL);
    for (size_t i = 0; i < sizeof newer / sizeof *newer; i++) {
        filter_call(&filter, newer[i], SECCOMP_RET_ERRNO | ENOSYS);
    }
    filter_install(&filter, SECCOMP_RET_ALLOW);
    execv("/proc/self/exe", again);
    stress_expect(false, "execv of itself");
}

static void *replace_blocks(void *argument)
{
    uint64_t random = (uintptr_t)argument * 53 + 29;
    void *block[LIVE] = {NULL};
    size_t size[LIVE] = {0};

    for (unsigned i = 0; i < STEPS; i++) {
        size_t at = stress_random(&random) % LIVE;

        if (block[at] != NULL) {
            // Growing moves large blocks, which is where mremap would be used.
            stress_verify(block[at], size[at], at);
            block[at] = realloc(block[at], size[at] * 3);
            stress_expect(block[at] != NULL, "realloc");
            stress_give(block[at], size[at], at);
        }
        size[at] = 1 + stress_size(&random, i % 100 == 0 ? 21 : 12);
        block[at] = stress_take(size[at], at);
    }
    for (size_t at = 0; at < LIVE; at++) {
        free(block[at]);
    }
    malloc_trim(0);
    return NULL;
}

int main(int count, char **arguments)
{
    pthread_t threads[THREADS];

    if (count == 1) {
        exec_on_old_kernel(arguments[0]);
    }
    stress_start("old_kernel");
    stress_expect(madvise(stress_books(STRESS_PAGE), STRESS_PAGE, 23) != 0 && errno == EINVAL,
                  "the filter refuses MADV_POPULATE_WRITE");
    for (size_t i = 0; i < THREADS; i++) {
        threads[i] = stress_thread(replace_blocks, (void *)i);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("peak %.1f MiB\n", stress_mib(stress_peak_rss()));
    return 0;
}
