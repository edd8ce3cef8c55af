// SPDX-License-Identifier: MIT
// The same program on a kernel without the newer calls, and in a sandbox that forbids them: newer
// advice to madvise, newer flags of mremap and whole calls are refused, from the very first
// instruction of the process.
#include "filter.h"

#include <malloc.h>
#include <sys/wait.h>

enum { THREADS = 3, LIVE = 200, STEPS = 300000 };

// Advice above this was added after Linux 5.4; DONTUNMAP came with 5.7.
enum { NEWER_ADVICE = 22, DONTUNMAP = 4 };

// What a kernel answers to flags and to calls that it does not know, or a sandbox to both.
struct answers {
    const char *name;
    unsigned flags, calls;
};

static const struct answers old = {"old", EINVAL, ENOSYS}, forbidden = {"forbidden", EPERM, EPERM};

static void exec_with(const struct answers *a, char *name)
{
    static const long newer[] = {SYS_getrandom, SYS_membarrier, SYS_process_madvise,
                                 SYS_process_vm_readv};
    // The loader of 32-bit systems needs statx, unless it is told that there is none.
    bool without_statx = a->calls == ENOSYS || sizeof(long) == 8;
    struct filter filter = {.length = 0};
    char *again[] = {name, (char *)a->name, NULL};

    filter_argument(&filter, SYS_madvise, 2, BPF_JGE, NEWER_ADVICE, SECCOMP_RET_ERRNO | a->flags);
    filter_argument(&filter, SYS_mremap, 3, BPF_JSET, DONTUNMAP, SECCOMP_RET_ERRNO | a->flags);
    for (size_t i = 0; i < sizeof newer / sizeof *newer; i++) {
        filter_call(&filter, newer[i], SECCOMP_RET_ERRNO | a->calls);
    }
    if (without_statx) {
        filter_call(&filter, SYS_statx, SECCOMP_RET_ERRNO | a->calls);
    }
    filter_install(&filter, SECCOMP_RET_ALLOW);
    execv("/proc/self/exe", again);
    stress_expect(false, "execv of itself");
}

static void run_with(const struct answers *a, char *name)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        exec_with(a, name);
    }
    stress_expect(waitpid(child, &status, 0) == child && status == 0, a->name);
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
        run_with(&old, arguments[0]);
        run_with(&forbidden, arguments[0]);
        return 0;
    }
    stress_start(arguments[1]);
    stress_expect(madvise(stress_books(STRESS_PAGE), STRESS_PAGE, 23) != 0 &&
                      errno == (int)(strcmp(arguments[1], old.name) == 0 ? old : forbidden).flags,
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
