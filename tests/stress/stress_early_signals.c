// SPDX-License-Identifier: MIT
// Signals arrive from before the first allocation on and interrupt every system call: none of
// them may be lost, fail an allocation or change errno over free.
#include "stress.h"

#include <signal.h>
#include <sys/time.h>

enum { THREADS = 3, LIVE = 100 };

static volatile sig_atomic_t signals;
static double deadline;

static void count_signal(int number)
{
    (void)number;
    signals = signals + 1;
}

static void *replace_blocks(void *argument)
{
    uint64_t random = (uintptr_t)argument * 3 + 1;
    void *block[LIVE] = {NULL};
    size_t size[LIVE] = {0};

    while (stress_now() < deadline) {
        for (unsigned i = 0; i < 100; i++) {
            size_t at = stress_random(&random) % LIVE;

            if (block[at] != NULL) {
                stress_verify(block[at], size[at], at);
            }
            errno = EXDEV;
            free(block[at]);
            stress_expect(errno == EXDEV, "free keeps errno");
            size[at] = 1 + stress_size(&random, i == 0 ? 22 : 14);
            block[at] = stress_take(size[at], at);
        }
    }
    for (size_t at = 0; at < LIVE; at++) {
        free(block[at]);
    }
    return NULL;
}

int main(void)
{
    struct itimerval often = {{0, 200}, {0, 1}};
    struct sigaction action;
    pthread_t threads[THREADS];

    // Without SA_RESTART, so that interrupted calls return EINTR; nothing was allocated so far.
    memset(&action, 0, sizeof action);
    action.sa_handler = count_signal;
    stress_expect(sigaction(SIGALRM, &action, NULL) == 0, "sigaction");
    stress_expect(setitimer(ITIMER_REAL, &often, NULL) == 0, "setitimer");
    deadline = stress_now() + stress_seconds(2);
    for (size_t i = 0; i < THREADS; i++) {
        threads[i] = stress_thread(replace_blocks, (void *)i);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    often = (struct itimerval){{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &often, NULL);
    stress_start("early_signals");
    printf("%d signals\n", (int)signals);
    return signals > 100 ? 0 : 1;
}
