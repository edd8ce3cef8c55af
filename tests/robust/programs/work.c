// SPDX-License-Identifier: MIT
// A program that allocates in every common way: threads, blocks freed by another thread, growth,
// alignment, fork. It knows nothing of the library. It checks what it wrote and prints "right".
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, STEPS = 3000, SLOTS = 64, HANDED = 200 };

static char *handed[THREADS][HANDED];
static pthread_barrier_t all_handed;

static void require(int fact, const char *what)
{
    if (!fact) {
        fprintf(stderr, "work: %s\n", what);
        _exit(1);
    }
}

static size_t size_of(unsigned step)
{
    return step % 50 == 0 ? 20000 + step * 37u % 400000 : 1 + step * 7919u % 3000;
}

static char *take(unsigned step, char mark)
{
    size_t size = size_of(step);
    void *p;

    switch (step % 3) {
    case 0:
        p = calloc(1, size);
        require(p != NULL && ((char *)p)[size - 1] == 0, "calloc");
        break;
    case 1:
        require(posix_memalign(&p, 64u << step % 4, size) == 0, "posix_memalign");
        require((uintptr_t)p % (64u << step % 4) == 0, "alignment");
        break;
    default:
        p = malloc(size);
        require(p != NULL, "malloc");
    }
    require((uintptr_t)p % 8 == 0, "alignment of a pointer");
    memset(p, mark, size);
    return p;
}

static void verify(const char *p, size_t size, char mark)
{
    require(p[0] == mark && p[size / 2] == mark && p[size - 1] == mark, "contents");
}

static void *run(void *argument)
{
    unsigned self = (unsigned)(uintptr_t)argument;
    char mark = (char)('a' + self);
    char *slots[SLOTS] = {NULL};
    unsigned steps[SLOTS] = {0};

    for (unsigned n = 0; n < STEPS; n++) {
        unsigned at = n * 31u % SLOTS;

        if (slots[at] != NULL) {
            verify(slots[at], size_of(steps[at]), mark);
            slots[at] = realloc(slots[at], size_of(steps[at]) * 2);
            require(slots[at] != NULL, "realloc");
            verify(slots[at], size_of(steps[at]), mark);
            free(slots[at]);
        }
        slots[at] = take(n, mark);
        steps[at] = n;
    }
    for (unsigned at = 0; at < SLOTS; at++)
        free(slots[at]);
    for (unsigned n = 0; n < HANDED; n++)
        handed[self][n] = take(n, mark);
    pthread_barrier_wait(&all_handed);
    for (unsigned n = 0; n < HANDED; n++) {
        unsigned from = (self + 1) % THREADS;

        verify(handed[from][n], size_of(n), (char)('a' + from));
        free(handed[from][n]);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    int status = 1;
    pid_t child;

    pthread_barrier_init(&all_handed, NULL, THREADS);
    for (unsigned n = 0; n < THREADS; n++)
        require(pthread_create(&threads[n], NULL, run, (void *)(uintptr_t)n) == 0, "a thread");
    child = fork();
    require(child >= 0, "fork");
    if (child == 0) {
        for (unsigned n = 0; n < STEPS; n++)
            free(take(n, 'x'));
        _exit(0);
    }
    require(waitpid(child, &status, 0) == child && status == 0, "the child allocates");
    for (unsigned n = 0; n < THREADS; n++)
        pthread_join(threads[n], NULL);
    puts("right");
    return 0;
}
