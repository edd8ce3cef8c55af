// SPDX-License-Identifier: MIT
// A server: chains of threads, each of which replaces blocks at random, then leaves them all to its
// successor and ends. The two programs differ in how they allocate and free.
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include "bench.h"

enum { LIVE = 5000, STEPS = 20000, LINKS = 150 };

struct chain {
    void *block[LIVE];
    uint16_t size[LIVE];
    uint64_t random;
    unsigned links;
};

static void *(*server_take)(size_t size);
static void (*server_give)(void *p, size_t size);
static pthread_barrier_t server_ended;

static inline void *server_link(void *argument)
{
    struct chain *c = (struct chain *)argument;

    pthread_detach(pthread_self());
    for (size_t i = 0; i < STEPS; i++) {
        size_t at = bench_below(&c->random, LIVE);

        if (c->block[at] != NULL) {
            server_give(c->block[at], c->size[at]);
        }
        c->size[at] = (uint16_t)(8 + bench_below(&c->random, 993));
        c->block[at] = bench_touch(server_take(c->size[at]), c->size[at]);
    }
    if (++c->links < LINKS) {
        bench_thread(server_link, c);
    } else {
        pthread_barrier_wait(&server_ended);
    }
    return NULL;
}

// Runs the workload and prints its figure.
static inline int bench_server(void *(*take)(size_t), void (*give)(void *, size_t))
{
    static struct chain chains[BENCH_THREADS];
    double began = bench_now();

    server_take = take;
    server_give = give;
    pthread_barrier_init(&server_ended, NULL, BENCH_THREADS + 1);
    for (size_t i = 0; i < BENCH_THREADS; i++) {
        chains[i].random = i + 1;
        bench_thread(server_link, &chains[i]);
    }
    pthread_barrier_wait(&server_ended);
    return bench_report(began, (double)BENCH_THREADS * STEPS * LINKS);
}

#endif
