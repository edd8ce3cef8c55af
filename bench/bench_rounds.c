// SPDX-License-Identifier: MIT
// Rounds of four threads that end, with 8 B to 5 MiB, realloc, and blocks passed on: memory's
// reuse.
#include "bench.h"

#include <stdatomic.h>

enum { ROUNDS = 60, STEPS = 12000, PASSED = 1000 };

// What a thread leaves here is taken by another, of this round or of a later one.
static _Atomic(void *) passed[PASSED];

static const struct bench_sizes sizes[] = {{60000, 8, 256},
                                           {4600, 257, 4096},
                                           {800, 4097, 65536},
                                           {120, 65537, 524288},
                                           {16, 524289, 5 * BENCH_MIB}};

struct worker {
    uint64_t random;
    void **kept; // a vector, grown by realloc
    size_t count, room;
};

static void keep(struct worker *w, void *p)
{
    if (w->count == w->room) {
        w->room = w->room == 0 ? 64 : w->room * 2;
        w->kept = bench_need(realloc(w->kept, w->room * sizeof *w->kept));
    }
    w->kept[w->count++] = p;
}

static void *work(void *argument)
{
    struct worker *w = argument;

    for (size_t i = 0; i < STEPS; i++) {
        size_t kind = bench_below(&w->random, 16);
        void **at;

        keep(w, bench_take(bench_size(sizes, &w->random)));
        at = w->kept + bench_below(&w->random, w->count);
        if (kind < 8) {
            free(*at);
            *at = w->kept[--w->count];
        } else if (kind < 12) {
            *at = atomic_exchange(&passed[bench_below(&w->random, PASSED)], *at);
        } else if (kind < 13) {
            size_t size = bench_size(sizes, &w->random);

            *at = bench_touch(bench_need(realloc(*at, size)), size);
        }
    }
    bench_drop(w->kept, w->count);
    free(w->kept);
    return NULL;
}

int main(void)
{
    double began = bench_now();

    for (size_t round = 0; round < ROUNDS; round++) {
        struct worker workers[BENCH_THREADS] = {{0}};

        for (size_t i = 0; i < BENCH_THREADS; i++) {
            workers[i].random = round * BENCH_THREADS + i + 1;
        }
        bench_crew(work, workers, BENCH_THREADS, sizeof *workers);
    }
    return bench_report(began, (double)ROUNDS * BENCH_THREADS * STEPS);
}
