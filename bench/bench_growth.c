// SPDX-License-Identifier: MIT
// Vectors that grow by realloc, a half more each time, to 16 MiB, several of them by turns.
#include "bench.h"

enum { VECTORS = 8, ROUNDS = 12, LARGEST = 16 * 1024 * 1024 };

int main(void)
{
    double began = bench_now();
    size_t steps = 0;

    for (size_t round = 0; round < ROUNDS; round++) {
        unsigned char *vector[VECTORS] = {NULL};
        size_t size = 64;

        for (size_t next = size; next <= LARGEST; next += next / 2, steps++) {
            for (size_t v = 0; v < VECTORS; v++) {
                vector[v] = realloc(vector[v], next);
                if (vector[v] == NULL) {
                    return 1;
                }
                memset(vector[v] + size, (int)v, next - size);
            }
            size = next;
        }
        for (size_t v = 0; v < VECTORS; v++) {
            free(vector[v]);
        }
    }
    return bench_report(began, (double)steps * VECTORS);
}
