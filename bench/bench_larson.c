// SPDX-License-Identifier: MIT
// A server: threads replace blocks at random, end, and leave their blocks to a successor.
#include "bench.h"

enum { CHAINS = 4, LIVE = 5000, STEPS = 20000, LINKS = 120 };

struct chain {
    void *block[LIVE];
    uint64_t random;
    unsigned links;
};

static pthread_barrier_t ended;

static void *link_of_chain(void *argument)
{
    struct chain *c = argument;

    pthread_detach(pthread_self());
    for (size_t i = 0; i < STEPS; i++) {
        uint64_t r = bench_random(&c->random);
        size_t at = r % LIVE;

        free(c->block[at]);
        c->block[at] = bench_take(8 + (r >> 32) % 993);
    }
    if (++c->links < LINKS) {
        bench_thread(link_of_chain, c);
    } else {
        pthread_barrier_wait(&ended);
    }
    return NULL;
}

int main(void)
{
    static struct chain chains[CHAINS];
    double began = bench_now();

    pthread_barrier_init(&ended, NULL, CHAINS + 1);
    for (size_t i = 0; i < CHAINS; i++) {
        chains[i].random = i + 1;
        bench_thread(link_of_chain, &chains[i]);
    }
    pthread_barrier_wait(&ended);
    return bench_report(began, (double)CHAINS * STEPS * LINKS);
}
