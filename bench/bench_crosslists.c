// SPDX-License-Identifier: MIT
// Four threads with 1000 blocks of 8 B to 16 KB, every second freed by another thread, in lists.
#include "bench.h"

#include <stdatomic.h>

enum { LIVE = 1000, TURNS = 600000, LENGTH = 64, SLOTS = 8 };

struct node {
    struct node *next;
};

struct worker {
    struct node *block[LIVE];
    uint64_t random;
};

static _Atomic(struct node *) slot[SLOTS];

static void drop_list(struct node *list)
{
    while (list != NULL) {
        struct node *next = list->next;

        free(list);
        list = next;
    }
}

static void *work(void *argument)
{
    struct worker *w = argument;
    struct node *list = NULL;
    size_t length = 0;

    for (size_t i = 0; i < TURNS; i++) {
        struct node **at = w->block + bench_below(&w->random, LIVE);

        if (*at != NULL && i % 2 == 0) {
            (*at)->next = list;
            list = *at;
            length++;
        } else {
            free(*at);
        }
        *at = bench_take(8 + bench_below(&w->random, 15993));
        if (length == LENGTH) {
            drop_list(atomic_exchange(&slot[bench_below(&w->random, SLOTS)], list));
            list = NULL;
            length = 0;
        }
    }
    drop_list(list);
    bench_drop((void **)w->block, LIVE);
    return NULL;
}

int main(void)
{
    static struct worker workers[BENCH_THREADS];
    double began = bench_now();

    for (size_t i = 0; i < BENCH_THREADS; i++) {
        workers[i].random = i + 1;
    }
    bench_crew(work, workers, BENCH_THREADS, sizeof *workers);
    for (size_t i = 0; i < SLOTS; i++) {
        drop_list(slot[i]);
    }
    return bench_report(began, (double)BENCH_THREADS * TURNS);
}
