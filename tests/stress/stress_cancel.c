// SPDX-License-Identifier: MIT
// Threads are cancelled while they allocate. No call of the allocator may be a cancellation
// point: a thread that dies inside one would keep a lock or lose a block.
#include "stress.h"

enum { THREADS = 8, LIVE = 64 };

// What a thread holds when it is cancelled; its clean-up handler frees it.
struct holding {
    void *block[LIVE];
    size_t size[LIVE];
    uint64_t random;
    volatile bool inside; // true between the entry and the return of an allocator call
};

static struct holding holdings[THREADS];
static _Atomic unsigned cleaned;

static void clean_up(void *argument)
{
    struct holding *h = argument;

    stress_expect(!h->inside, "no thread is cancelled inside the allocator");
    for (size_t at = 0; at < LIVE; at++) {
        if (h->block[at] != NULL) {
            stress_give(h->block[at], h->size[at], at);
        }
    }
    memset(h->block, 0, sizeof h->block);
    atomic_fetch_add(&cleaned, 1);
}

static void replace_one(struct holding *h)
{
    size_t at = stress_random(&h->random) % LIVE;

    if (h->block[at] != NULL) {
        stress_verify(h->block[at], h->size[at], at);
    }
    h->inside = true;
    free(h->block[at]);
    h->block[at] = NULL;
    h->size[at] = 1 + stress_size(&h->random, stress_random(&h->random) % 64 == 0 ? 22 : 14);
    h->block[at] = malloc(h->size[at]);
    h->inside = false;
    stress_expect(h->block[at] != NULL, "malloc");
    stress_fill(h->block[at], h->size[at], at);
}

static void *allocate_until_cancelled(void *argument)
{
    pthread_cleanup_push(clean_up, argument);
    for (;;) {
        replace_one(argument);
        pthread_testcancel();
    }
    pthread_cleanup_pop(1);
    return NULL;
}

int main(void)
{
    double deadline = 0;
    unsigned started = 0;

    stress_start("cancel");
    deadline = stress_now() + stress_seconds(3);
    while (stress_now() < deadline) {
        pthread_t threads[THREADS];

        for (size_t i = 0; i < THREADS; i++) {
            holdings[i].random = ++started;
            threads[i] = stress_thread(allocate_until_cancelled, &holdings[i]);
        }
        stress_sleep_ms(1 + (long)(started / THREADS) % 5);
        for (size_t i = 0; i < THREADS; i++) {
            stress_expect(pthread_cancel(threads[i]) == 0, "pthread_cancel");
        }
        for (size_t i = 0; i < THREADS; i++) {
            void *result = NULL;

            stress_expect(pthread_join(threads[i], &result) == 0, "pthread_join");
            stress_expect(result == PTHREAD_CANCELED, "the thread was cancelled");
        }
    }
    stress_expect(atomic_load(&cleaned) == started, "every thread cleaned up after itself");
    printf("%u threads cancelled, peak %.1f MiB\n", started, stress_mib(stress_peak_rss()));
    return started > 0 ? 0 : 1;
}
