// SPDX-License-Identifier: MIT
// 1000 short threads one after another, each with 4 MiB of mixed blocks of its own: together
// they may need at most twice what one needs.
#include "stress.h"

enum { THREADS = 1000, SLOTS = 8192, LIVE = 4 * STRESS_MIB };

static void *block[SLOTS];
static size_t size[SLOTS];
static size_t resident_at_peak;

static void *live_shortly(void *argument)
{
    uint64_t random = (uintptr_t)argument * 31337 + 1;
    size_t count = 0, live = 0;

    for (; count < SLOTS && live < LIVE; count++) {
        size[count] = 16 + stress_size(&random, 15);
        block[count] = stress_take(size[count], count);
        live += size[count];
    }
    resident_at_peak = stress_rss();
    for (size_t i = 0; i < count; i++) {
        stress_give(block[i], size[i], i);
    }
    return NULL;
}

int main(void)
{
    size_t start = 0, one = 0, most = 0;

    stress_start("short_threads");
    memset(block, 0, sizeof block);
    memset(size, 0, sizeof size);
    start = stress_rss();
    for (size_t i = 0; i < THREADS; i++) {
        size_t grown = 0;

        pthread_join(stress_thread(live_shortly, (void *)i), NULL);
        grown = stress_grown(start, resident_at_peak);
        if (i == 0) {
            one = grown;
        }
        most = grown > most ? grown : most;
    }
    printf("the first thread: %.2f MiB\n", stress_mib(one));
    stress_expect(one >= LIVE, "the first thread's blocks are resident");
    stress_bound("peak of all threads over that of one", (double)most / (double)one, 2, "times");
    return 0;
}
