// SPDX-License-Identifier: MIT
// 64 vectors to 4 MiB by turns, half of them doubled, half grown by an eighth: realloc of all
// sizes.
#include "bench.h"

enum { VECTORS = 64, STEPS = 100000, SMALLEST = 64 };

struct vector {
    unsigned char *data;
    size_t size, limit;
};

// The next step of a vector, which is freed and starts anew at its limit.
static void grow(struct vector *v, bool doubles, uint64_t *random)
{
    size_t next = v->size + (doubles ? v->size : v->size / 8);

    if (v->data == NULL) {
        v->limit = (size_t)4096 << bench_below(random, 11);
        next = SMALLEST;
    } else if (next > v->limit) {
        free(v->data);
        *v = (struct vector){0};
        return;
    }
    v->data = bench_need(realloc(v->data, next));
    memset(v->data + v->size, 1, next - v->size);
    v->size = next;
}

int main(void)
{
    static struct vector vector[VECTORS];
    uint64_t random = 1;
    double began = bench_now();

    for (size_t i = 0; i < STEPS; i++) {
        size_t at = bench_below(&random, VECTORS);

        grow(&vector[at], at % 2 == 0, &random);
    }
    return bench_report(began, STEPS);
}
