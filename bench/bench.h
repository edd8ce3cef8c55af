// SPDX-License-Identifier: MIT
// What the workloads share: time, random numbers, sizes, blocks, threads, and the figure they
// print. It is valid C++ too, for the workloads in that language.
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#define _GNU_SOURCE 1
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// Threaded workloads have as many threads on every machine, so that their figures compare.
enum { BENCH_THREADS = 4, BENCH_PAGE = 4096, BENCH_MIB = 1024 * 1024 };

__attribute__((noreturn)) static inline void bench_die(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static inline double bench_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

// The figure of the program: nanoseconds per operation since `began`. Returns main's status.
static inline int bench_report(double began, double operations)
{
    printf("%.2f\n", (bench_now() - began) * 1e9 / operations);
    return 0;
}

// The argument of a program that takes one number.
static inline size_t bench_argument(int argc, char **argv)
{
    size_t value = argc == 2 ? strtoull(argv[1], NULL, 10) : 0;

    if (value == 0) {
        bench_die("the argument is one number above zero");
    }
    return value;
}

// 53 random bits; the state must not be zero.
static inline uint64_t bench_random(uint64_t *state)
{
    uint64_t x = *state;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    *state = x;
    return x * 0x2545F4914F6CDD1DULL >> 11;
}

// A random number from 0 to limit - 1, where the limit is below 2^32.
static inline size_t bench_below(uint64_t *state, size_t limit)
{
    return (size_t)((bench_random(state) >> 21) * limit >> 32);
}

// A mix of sizes is a table of rows whose shares sum to 65536: of so many blocks, `share` have a
// size from `low` to `high`, each as likely.
struct bench_sizes {
    uint32_t share, low, high;
};

static inline size_t bench_size(const struct bench_sizes *row, uint64_t *state)
{
    uint64_t r = bench_random(state);
    uint64_t at = r & 0xFFFF;
    uint64_t within = r >> 16 & 0xFFFFFFFF;

    for (; at >= row->share; row++) {
        at -= row->share;
    }
    return row->low + (size_t)(within * (row->high - row->low + 1) >> 32);
}

// What many real programs have in common: three of four blocks have at most 128 bytes, and a large
// part of the memory is in the few blocks of the tail.
static const struct bench_sizes bench_program_sizes[] __attribute__((unused)) = {
    {24000, 8, 32},    {26000, 33, 128},   {11000, 129, 512},   {3600, 513, 2048},
    {800, 2049, 8192}, {120, 8193, 32768}, {14, 32769, 262144}, {2, 262145, BENCH_MIB},
};

static inline void *bench_need(void *p)
{
    if (p == NULL) {
        bench_die("out of memory");
    }
    return p;
}

// Writes every page of a block, so that what is live is resident.
static inline void *bench_touch(void *p, size_t size)
{
    volatile unsigned char *byte = (volatile unsigned char *)p;

    for (size_t at = 0; at < size; at += BENCH_PAGE) {
        byte[at] = 1;
    }
    byte[size - 1] = 1;
    return p;
}

static inline void *bench_take(size_t size)
{
    return bench_touch(bench_need(malloc(size)), size);
}

static inline void bench_fill(void **block, size_t count, const struct bench_sizes *sizes,
                              uint64_t *state)
{
    for (size_t i = 0; i < count; i++) {
        block[i] = bench_take(bench_size(sizes, state));
    }
}

// Frees a block at random and takes another in its place, `turns` times.
static inline void bench_replace(void **block, size_t count, const struct bench_sizes *sizes,
                                 uint64_t *state, size_t turns)
{
    for (size_t i = 0; i < turns; i++) {
        void **at = block + bench_below(state, count);

        free(*at);
        *at = bench_take(bench_size(sizes, state));
    }
}

static inline void bench_drop(void **block, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(block[i]);
        block[i] = NULL;
    }
}

// A whole workload: blocks of `low` to `high` bytes are taken, then replaced at random.
static inline int bench_random_live(size_t live, uint32_t low, uint32_t high, size_t turns)
{
    const struct bench_sizes sizes = {65536, low, high};
    uint64_t random = 1;
    double began = bench_now();
    void **block = (void **)bench_need(malloc(live * sizeof *block));

    bench_fill(block, live, &sizes, &random);
    bench_replace(block, live, &sizes, &random, turns);
    bench_drop(block, live);
    free(block);
    return bench_report(began, (double)(live + turns));
}

static inline pthread_t bench_thread(void *(*body)(void *), void *argument)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, body, argument) != 0) {
        bench_die("pthread_create failed");
    }
    return thread;
}

// What a thread does that never ends.
__attribute__((noreturn)) static inline void bench_sleep(void)
{
    for (;;) {
        pause();
    }
}

// Runs a thread for each element of an array, which is its argument, and waits for all of them.
static inline void bench_crew(void *(*body)(void *), void *workers, size_t count, size_t size)
{
    pthread_t *thread = (pthread_t *)bench_need(malloc(count * sizeof *thread));

    for (size_t i = 0; i < count; i++) {
        thread[i] = bench_thread(body, (char *)workers + i * size);
    }
    for (size_t i = 0; i < count; i++) {
        pthread_join(thread[i], NULL);
    }
    free(thread);
}

#endif
