// SPDX-License-Identifier: MIT
// A program that limits its own address space to 3 GiB after it has started: threads and 1 GiB
// of allocations must still be possible.
#include "stress.h"

enum { THREADS = 4, SLOTS = 65536 };

static size_t share;

static void *allocate_share(void *argument)
{
    uint64_t random = (uintptr_t)argument + 11;
    void **block = stress_books(SLOTS * sizeof *block);
    size_t *size = stress_books(SLOTS * sizeof *size);
    size_t count = 0, live = 0;

    for (; count < SLOTS && live < share; count++) {
        // The share must fit in the slots, so that most of it is in blocks of some KiB.
        size[count] = count % 64 == 0 ? (size_t)STRESS_MIB : 1 + stress_size(&random, 14);
        block[count] = stress_take(size[count], count);
        live += size[count];
    }
    stress_expect(live >= share, "the share fits in the books");
    for (size_t i = 0; i < count; i++) {
        stress_give(block[i], size[i], i);
    }
    return NULL;
}

int main(void)
{
    struct rlimit limit = {(rlim_t)3 << 30, (rlim_t)3 << 30};
    pthread_t threads[THREADS];

    stress_start("rlimit_after_start");
    share = stress_amount() / THREADS;
    stress_give(stress_take(100000, 1), 100000, 1);
    stress_expect(setrlimit(RLIMIT_AS, &limit) == 0, "setrlimit");
    for (size_t i = 0; i < THREADS; i++) {
        threads[i] = stress_thread(allocate_share, (void *)i);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("%.0f MiB in %d threads, peak %.0f MiB\n", stress_mib(share * THREADS), THREADS,
           stress_mib(stress_peak_rss()));
    return 0;
}
