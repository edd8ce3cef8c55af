// SPDX-License-Identifier: MIT
// What the workloads share: time, random numbers, threads, and the one figure each prints.
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#define _GNU_SOURCE 1
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline double bench_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static inline uint64_t bench_random(uint64_t *state)
{
    uint64_t x = *state;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    *state = x;
    return x * 0x2545F4914F6CDD1DULL >> 11;
}

// A block with its first and last byte written, as a program that uses it would.
static inline void *bench_take(size_t size)
{
    unsigned char *p = malloc(size);

    if (p == NULL) {
        fprintf(stderr, "malloc(%zu) failed\n", size);
        exit(1);
    }
    p[0] = 1;
    p[size - 1] = 1;
    return p;
}

static inline pthread_t bench_thread(void *(*body)(void *), void *argument)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, body, argument) != 0) {
        fprintf(stderr, "pthread_create failed\n");
        exit(1);
    }
    return thread;
}

// The figure of the program: nanoseconds per operation since `began`.
static inline int bench_report(double began, double operations)
{
    printf("%.2f\n", (bench_now() - began) * 1e9 / operations);
    return 0;
}

#endif
