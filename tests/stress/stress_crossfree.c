// SPDX-License-Identifier: MIT
// Producers allocate, consumers free: every block dies in a thread that did not make it.
#include "stress.h"

enum { PRODUCERS = 3, CONSUMERS = 3, ROOM = 512 };

struct parcel {
    void *block;
    size_t size;
    uint64_t seed;
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned head, count;
    bool closed;
    struct parcel slots[ROOM];
};

static struct queue queues[CONSUMERS];
static _Atomic uint64_t handed;
static double deadline;

static void queue_push(struct queue *q, struct parcel parcel)
{
    pthread_mutex_lock(&q->lock);
    while (q->count == ROOM) {
        pthread_cond_wait(&q->changed, &q->lock);
    }
    q->slots[(q->head + q->count++) % ROOM] = parcel;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

static bool queue_pop(struct queue *q, struct parcel *parcel)
{
    bool found = false;

    pthread_mutex_lock(&q->lock);
    while (q->count == 0 && !q->closed) {
        pthread_cond_wait(&q->changed, &q->lock);
    }
    found = q->count > 0;
    if (found) {
        *parcel = q->slots[q->head];
        q->head = (q->head + 1) % ROOM;
        q->count--;
        pthread_cond_broadcast(&q->changed);
    }
    pthread_mutex_unlock(&q->lock);
    return found;
}

static void *produce(void *argument)
{
    uint64_t random = (uintptr_t)argument * 7919 + 1;
    uint64_t made = 0;

    while (stress_now() < deadline) {
        for (unsigned i = 0; i < 64; i++, made++) {
            unsigned bits = stress_random(&random) % 64 == 0 ? 18 : 11;
            size_t size = 8 + stress_size(&random, bits) % (200 * STRESS_KIB);
            struct parcel p = {stress_take(size, made), size, made};

            queue_push(&queues[stress_random(&random) % CONSUMERS], p);
        }
    }
    atomic_fetch_add(&handed, made);
    return NULL;
}

static void *consume(void *argument)
{
    struct queue *q = argument;
    struct parcel p;
    uint64_t freed = 0;

    while (queue_pop(q, &p)) {
        stress_give(p.block, p.size, p.seed);
        freed++;
    }
    atomic_fetch_sub(&handed, freed);
    return NULL;
}

int main(void)
{
    pthread_t producers[PRODUCERS], consumers[CONSUMERS];
    uint64_t total = 0;

    stress_start("crossfree");
    deadline = stress_now() + stress_seconds(3);
    for (size_t i = 0; i < CONSUMERS; i++) {
        pthread_mutex_init(&queues[i].lock, NULL);
        pthread_cond_init(&queues[i].changed, NULL);
        consumers[i] = stress_thread(consume, &queues[i]);
    }
    for (size_t i = 0; i < PRODUCERS; i++) {
        producers[i] = stress_thread(produce, (void *)(i + 1));
    }
    for (size_t i = 0; i < PRODUCERS; i++) {
        pthread_join(producers[i], NULL);
    }
    total = atomic_load(&handed);
    for (size_t i = 0; i < CONSUMERS; i++) {
        pthread_mutex_lock(&queues[i].lock);
        queues[i].closed = true;
        pthread_cond_broadcast(&queues[i].changed);
        pthread_mutex_unlock(&queues[i].lock);
        pthread_join(consumers[i], NULL);
    }
    stress_expect(atomic_load(&handed) == 0, "as many blocks were freed as handed over");
    printf("%llu blocks handed over, peak %.1f MiB\n", (unsigned long long)total,
           stress_mib(stress_peak_rss()));
    return total > 0 ? 0 : 1;
}
