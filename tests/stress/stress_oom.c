// SPDX-License-Identifier: MIT
// Threads allocate until there is no more, under a limit on address space; every failure must be
// NULL with ENOMEM, and what was freed must be there again. Several rounds.
#include "stress.h"

enum { THREADS = 4, ROUNDS = 4, LIMIT_MIB = 400 };

// Sizes have up to so many bits: 32 pages, so that what large blocks lose by being whole pages is
// the same part of them whatever the page is.
static unsigned size_bits;

// Blocks are chained through themselves: no other books grow while memory runs out.
struct link {
    struct link *next;
    size_t size;
};

static pthread_barrier_t step;
static _Atomic uint64_t taken, freed, taken_again;

static struct link *take_link(uint64_t *random, struct link *next)
{
    size_t size = sizeof(struct link) + 1 + stress_size(random, size_bits);
    struct link *l = NULL;

    errno = 0;
    l = malloc(size);
    if (l == NULL) {
        stress_expect(errno == ENOMEM, "a failed malloc sets errno to ENOMEM");
        return NULL;
    }
    l->next = next;
    l->size = size;
    stress_fill(l + 1, size - sizeof *l, size);
    return l;
}

static struct link *free_link(struct link *l)
{
    struct link *next = l->next;

    stress_verify(l + 1, l->size - sizeof *l, l->size);
    free(l);
    return next;
}

// Takes blocks until there are no more, or until `most` bytes are taken.
static struct link *exhaust(uint64_t *random, struct link *chain, size_t most, uint64_t *sum)
{
    size_t total = 0;

    while (total < most) {
        struct link *l = take_link(random, chain);

        if (l == NULL) {
            break;
        }
        chain = l;
        total += l->size;
    }
    *sum = total;
    return chain;
}

// Frees every second block of the chain.
static size_t free_half(struct link *chain)
{
    size_t total = 0;

    for (; chain != NULL && chain->next != NULL; chain = chain->next) {
        total += chain->next->size;
        chain->next = free_link(chain->next);
    }
    return total;
}

static void *run_out(void *argument)
{
    uint64_t random = (uintptr_t)argument * 131 + 7;

    for (unsigned round = 0; round < ROUNDS; round++) {
        struct link *chain = NULL;
        uint64_t sum = 0;
        size_t half = 0;

        chain = exhaust(&random, NULL, SIZE_MAX, &sum);
        atomic_fetch_add(&taken, sum);
        stress_expect(calloc(SIZE_MAX / 64, 32) == NULL && errno == ENOMEM, "a huge calloc");
        pthread_barrier_wait(&step);
        half = free_half(chain);
        atomic_fetch_add(&freed, half);
        pthread_barrier_wait(&step);
        chain = exhaust(&random, chain, half, &sum);
        atomic_fetch_add(&taken_again, sum);
        pthread_barrier_wait(&step);
        while (chain != NULL) {
            chain = free_link(chain);
        }
        pthread_barrier_wait(&step);
    }
    return NULL;
}

int main(int count, char **arguments)
{
    pthread_t threads[THREADS];
    double again = 0;

    if (count == 1) {
        // The limit must be there before the process starts: what an allocator has reserved
        // earlier does not count as new address space.
        struct rlimit limit = {(rlim_t)LIMIT_MIB * STRESS_MIB, (rlim_t)LIMIT_MIB * STRESS_MIB};
        char *again_under_limit[] = {arguments[0], (char *)"limited", NULL};

        stress_expect(setrlimit(RLIMIT_AS, &limit) == 0, "setrlimit");
        execv("/proc/self/exe", again_under_limit);
        stress_expect(false, "execv of itself");
    }
    stress_start("oom");
    size_bits = 5 + (unsigned)__builtin_ctzl((unsigned long)sysconf(_SC_PAGESIZE));
    pthread_barrier_init(&step, NULL, THREADS);
    for (size_t i = 0; i < THREADS; i++) {
        threads[i] = stress_thread(run_out, (void *)i);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("%d MiB of address space, %.0f MiB taken a round\n", LIMIT_MIB,
           stress_mib(atomic_load(&taken)) / ROUNDS);
    again = 100.0 * (double)atomic_load(&taken_again) / (double)atomic_load(&freed);
    stress_bound("unused of the limit", LIMIT_MIB - stress_mib(atomic_load(&taken)) / ROUNDS,
                 LIMIT_MIB / 4, "MiB");
    stress_bound("not allocatable again of what was freed", 100 - again, 20, "%");
    return 0;
}
