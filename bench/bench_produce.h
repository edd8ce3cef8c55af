// SPDX-License-Identifier: MIT
// Threads that only allocate and threads that only free, with a bounded queue of batches between.
//
// The queue holds less than a thread allocates in one slice of time, so it is full again and again
// whatever the scheduler does, and the peak does not depend on luck.
#ifndef BENCH_PRODUCE_H
#define BENCH_PRODUCE_H

#include "bench.h"

enum { BATCH = 256, ROOM = 128 };

struct flow {
    pthread_mutex_t lock;
    pthread_cond_t sent, received;
    void **slot[ROOM];
    size_t head, count;
    size_t left; // batches that nobody has received yet
    size_t each; // batches a producer makes
    const struct bench_sizes *sizes;
};

struct party {
    struct flow *flow;
    bool produces;
    uint64_t random;
};

static inline void flow_send(struct flow *f, void **batch)
{
    pthread_mutex_lock(&f->lock);
    while (f->count == ROOM) {
        pthread_cond_wait(&f->received, &f->lock);
    }
    f->slot[(f->head + f->count++) % ROOM] = batch;
    pthread_cond_signal(&f->sent);
    pthread_mutex_unlock(&f->lock);
}

// The next batch; NULL after the last one.
static inline void **flow_receive(struct flow *f)
{
    void **batch = NULL;

    pthread_mutex_lock(&f->lock);
    while (f->count == 0 && f->left > 0) {
        pthread_cond_wait(&f->sent, &f->lock);
    }
    if (f->left > 0) {
        batch = f->slot[f->head];
        f->head = (f->head + 1) % ROOM;
        f->count--;
        f->left--;
        pthread_cond_signal(&f->received);
    }
    if (f->left == 0) {
        pthread_cond_broadcast(&f->sent);
    }
    pthread_mutex_unlock(&f->lock);
    return batch;
}

static inline void *flow_work(void *argument)
{
    struct party *p = (struct party *)argument;
    void **batch;

    for (size_t i = 0; p->produces && i < p->flow->each; i++) {
        batch = (void **)bench_take(BATCH * sizeof *batch);
        bench_fill(batch, BATCH, p->flow->sizes, &p->random);
        flow_send(p->flow, batch);
    }
    while (!p->produces && (batch = flow_receive(p->flow)) != NULL) {
        bench_drop(batch, BATCH);
        free(batch);
    }
    return NULL;
}

// Runs the workload and prints its figure.
static inline int bench_produce(size_t producers, const struct bench_sizes *sizes, size_t batches)
{
    static struct flow flow;
    struct party parties[BENCH_THREADS];
    double began = bench_now();

    pthread_mutex_init(&flow.lock, NULL);
    pthread_cond_init(&flow.sent, NULL);
    pthread_cond_init(&flow.received, NULL);
    flow.sizes = sizes;
    flow.each = batches / producers;
    flow.left = flow.each * producers;
    for (size_t i = 0; i < BENCH_THREADS; i++) {
        parties[i].flow = &flow;
        parties[i].produces = i < producers;
        parties[i].random = i + 1;
    }
    bench_crew(flow_work, parties, BENCH_THREADS, sizeof *parties);
    return bench_report(began, (double)flow.each * (double)producers * BATCH);
}

#endif
