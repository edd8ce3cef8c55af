// SPDX-License-Identifier: MIT
// After its start the allocator may make six system calls and no other. Threads that exist
// already allocate all sizes under a filter that ends the program at the first call beyond them.
#include "filter.h"

#include <signal.h>

enum { THREADS = 3, LIVE = 300, STEPS = 300000 };

static pthread_barrier_t warm, filtered, done;

static void name_forbidden_call(int number, siginfo_t *info, void *context)
{
    char text[] = "FAILED: system call 000 is not on the list\n";
    int call = info->si_syscall;

    (void)number;
    (void)context;
    for (char *digit = strstr(text, "000") + 2; call > 0 && *digit == '0'; call /= 10) {
        *digit-- = (char)('0' + call % 10);
    }
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) {
        _exit(2);
    }
    _exit(1);
}

static void allow_what_an_allocator_needs(struct filter *f)
{
    static const long allowed[] = {SYS_munmap,   SYS_mremap, SYS_madvise,
                                   SYS_mprotect, SYS_futex,
#ifdef SYS_mmap // a CPU has one of the two, or both
                                   SYS_mmap,
#endif
#ifdef SYS_mmap2
                                   SYS_mmap2,
#endif
    };
    // The C library's own: to print, to return from a handler, to end a thread or the process.
    static const long of_libc[] = {SYS_write,          SYS_writev, SYS_rt_sigreturn,
                                   SYS_rt_sigprocmask, SYS_exit,   SYS_exit_group};

    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        filter_call(f, allowed[i], SECCOMP_RET_ALLOW);
    }
    for (size_t i = 0; i < sizeof of_libc / sizeof *of_libc; i++) {
        filter_call(f, of_libc[i], SECCOMP_RET_ALLOW);
    }
    if (!stress_is_ikyo()) {
        filter_call(f, SYS_brk, SECCOMP_RET_ALLOW);
    }
}

static void replace_blocks(uint64_t *random, unsigned steps)
{
    static _Thread_local void *block[LIVE];
    static _Thread_local size_t size[LIVE];

    for (unsigned i = 0; i < steps; i++) {
        size_t at = stress_random(random) % LIVE;

        if (block[at] != NULL && i % 3 == 0) {
            size_t more = size[at] * 2;

            stress_verify(block[at], size[at], at);
            block[at] = realloc(block[at], more);
            stress_expect(block[at] != NULL, "realloc");
            stress_verify(block[at], size[at], at);
            stress_fill(block[at], more, at);
            size[at] = more;
        }
        if (block[at] != NULL) {
            stress_give(block[at], size[at], at);
        }
        size[at] = 1 + stress_size(random, i % 100 == 0 ? 23 : 13);
        block[at] = stress_take(size[at], at);
    }
    for (size_t at = 0; at < LIVE; at++) {
        free(block[at]);
        block[at] = NULL;
    }
}

static void *live_under_filter(void *argument)
{
    uint64_t random = (uintptr_t)argument * 71 + 13;

    replace_blocks(&random, 1);
    pthread_barrier_wait(&warm);
    pthread_barrier_wait(&filtered);
    replace_blocks(&random, STEPS);
    pthread_barrier_wait(&done);
    return NULL;
}

int main(void)
{
    struct filter filter = {.length = 0};
    struct sigaction action;
    pthread_t threads[THREADS];

    stress_start("seccomp");
    memset(&action, 0, sizeof action);
    action.sa_sigaction = name_forbidden_call;
    action.sa_flags = SA_SIGINFO;
    stress_expect(sigaction(SIGSYS, &action, NULL) == 0, "sigaction");
    pthread_barrier_init(&warm, NULL, THREADS + 1);
    pthread_barrier_init(&filtered, NULL, THREADS + 1);
    pthread_barrier_init(&done, NULL, THREADS + 1);
    for (size_t i = 0; i < THREADS; i++) {
        threads[i] = stress_thread(live_under_filter, (void *)i);
    }
    pthread_barrier_wait(&warm);
    allow_what_an_allocator_needs(&filter);
    filter_install(&filter, SECCOMP_RET_TRAP);
    pthread_barrier_wait(&filtered);
    pthread_barrier_wait(&done);
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    puts("no system call beyond the list");
    return 0;
}
