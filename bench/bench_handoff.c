// SPDX-License-Identifier: MIT
// Every block is freed by another thread than the one that allocated it, in batches.
#include "bench.h"

enum { PAIRS = 2, BATCH = 4096, BATCHES = 1000, ROOM = 8 };

struct channel {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    void **slot[ROOM];
    unsigned head, count;
};

static void send(struct channel *c, void **batch)
{
    pthread_mutex_lock(&c->lock);
    while (c->count == ROOM) {
        pthread_cond_wait(&c->changed, &c->lock);
    }
    c->slot[(c->head + c->count++) % ROOM] = batch;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

static void **receive(struct channel *c)
{
    void **batch = NULL;

    pthread_mutex_lock(&c->lock);
    while (c->count == 0) {
        pthread_cond_wait(&c->changed, &c->lock);
    }
    batch = c->slot[c->head];
    c->head = (c->head + 1) % ROOM;
    c->count--;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    return batch;
}

static void *produce(void *argument)
{
    uint64_t random = 1;

    for (size_t n = 0; n < BATCHES; n++) {
        void **batch = bench_take(BATCH * sizeof *batch);

        for (size_t i = 0; i < BATCH; i++) {
            batch[i] = bench_take(16 + bench_random(&random) % 112);
        }
        send(argument, batch);
    }
    return NULL;
}

static void *consume(void *argument)
{
    for (size_t n = 0; n < BATCHES; n++) {
        void **batch = receive(argument);

        for (size_t i = 0; i < BATCH; i++) {
            free(batch[i]);
        }
        free(batch);
    }
    return NULL;
}

int main(void)
{
    static struct channel channels[PAIRS];
    pthread_t threads[2 * PAIRS];
    double began = bench_now();

    for (size_t i = 0; i < PAIRS; i++) {
        pthread_mutex_init(&channels[i].lock, NULL);
        pthread_cond_init(&channels[i].changed, NULL);
        threads[2 * i] = bench_thread(produce, &channels[i]);
        threads[2 * i + 1] = bench_thread(consume, &channels[i]);
    }
    for (size_t i = 0; i < 2 * PAIRS; i++) {
        pthread_join(threads[i], NULL);
    }
    return bench_report(began, (double)PAIRS * BATCH * BATCHES);
}
