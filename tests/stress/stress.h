// SPDX-License-Identifier: MIT
// What every stress program shares: time, memory figures, random sizes, block contents.
//
// The programs are ordinary applications. They know the allocator under test only by the
// presence of `ikyo_version`, and enforce its own bounds only then; without it they must pass
// on the C library too, so that a failure is never the program's fault.
#ifndef STRESS_STRESS_H
#define STRESS_STRESS_H

#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { STRESS_KIB = 1024, STRESS_MIB = 1024 * 1024, STRESS_PAGE = 4096 };

// Ends the program with status 1 unless `fact` holds; `what` says what should have been so.
static inline void stress_expect(bool fact, const char *what)
{
    if (!fact) {
        fprintf(stderr, "FAILED: %s (errno %d)\n", what, errno);
        _exit(1);
    }
}

// True when the allocator under test serves this process.
static inline bool stress_is_ikyo(void)
{
    return dlsym(RTLD_DEFAULT, "ikyo_version") != NULL;
}

// The bounds are those of the mode fast: the others look for bugs, and hold blocks back for it.
static inline bool stress_is_bounded(void)
{
    return stress_is_ikyo() && getenv("IKYO_CHECK") == NULL;
}

// A bound that only the allocator under test has to meet; always prints both figures.
static inline void stress_bound(const char *what, double value, double limit, const char *unit)
{
    bool met = value <= limit;

    printf("%s: %.2f %s (at most %.2f) %s\n", what, value, unit, limit, met ? "ok" : "MISS");
    fflush(stdout);
    stress_expect(met || !stress_is_bounded(), what);
}

// Names the program and its allocator. A preload that was asked for and did not happen fails.
static inline void stress_start(const char *name)
{
    const char *preload = getenv("LD_PRELOAD");
    bool wanted = preload != NULL && strstr(preload, "ikyoalloc") != NULL;

    stress_expect(!wanted || stress_is_ikyo(), "the library named in LD_PRELOAD is not loaded");
    printf("stress.%s on %s\n", name, stress_is_ikyo() ? "ikyoalloc" : "another allocator");
    fflush(stdout);
}

static inline double stress_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static inline void stress_sleep_ms(long ms)
{
    struct timespec t = {ms / 1000, (ms % 1000) * 1000000};

    while (nanosleep(&t, &t) != 0 && errno == EINTR) {
    }
}

// How long a timed program runs: its own default unless IKYO_STRESS_SECONDS asks for more.
static inline double stress_seconds(double standard)
{
    const char *text = getenv("IKYO_STRESS_SECONDS");
    double asked = text != NULL ? atof(text) : 0;

    return asked > standard ? asked : standard;
}

// The amount of the big tests: 1 GiB, or 128 MiB when IKYO_STRESS_SMALL is set.
static inline size_t stress_amount(void)
{
    return (getenv("IKYO_STRESS_SMALL") != NULL ? (size_t)128 : (size_t)1024) * STRESS_MIB;
}

static inline uint64_t stress_random(uint64_t *state)
{
    uint64_t x = *state;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    *state = x;
    return x * 0x2545F4914F6CDD1DULL;
}

// A size from 1 to 2^bits - 1, each power of two as likely as the next.
static inline size_t stress_size(uint64_t *state, unsigned bits)
{
    uint64_t r = stress_random(state);
    unsigned width = 1 + (unsigned)((r >> 32) % bits);

    return ((size_t)1 << (width - 1)) | ((size_t)r & (((size_t)1 << (width - 1)) - 1));
}

static inline size_t stress_stride(size_t size)
{
    return size <= 1024 ? 1 : 64;
}

// Writes a pattern that depends on `seed`: every byte of a small block, every line of a large.
static inline void stress_fill(void *block, size_t size, uint64_t seed)
{
    unsigned char *p = block;
    unsigned char mark = (unsigned char)(seed * 167 + size);

    for (size_t i = 0; i < size; i += stress_stride(size)) {
        p[i] = mark;
    }
    if (size > 0) {
        p[size - 1] = mark;
    }
}

// Fails the program when a pattern written by stress_fill() has changed.
static inline void stress_verify(const void *block, size_t size, uint64_t seed)
{
    const unsigned char *p = block;
    unsigned char mark = (unsigned char)(seed * 167 + size);
    bool same = size == 0 || p[size - 1] == mark;

    for (size_t i = 0; i < size; i += stress_stride(size)) {
        same = same && p[i] == mark;
    }
    stress_expect(same, "a block changed while it was allocated");
}

// malloc that must succeed, filled with the pattern of `seed`.
static inline void *stress_take(size_t size, uint64_t seed)
{
    void *p = malloc(size);

    stress_expect(p != NULL, "malloc returned NULL");
    stress_expect((uintptr_t)p % 16 == 0, "a block is not aligned to 16 bytes");
    stress_fill(p, size, seed);
    return p;
}

static inline void stress_give(void *p, size_t size, uint64_t seed)
{
    stress_verify(p, size, seed);
    free(p);
}

// Reads a whole small file of /proc without stdio, which would allocate.
static inline void stress_read(const char *path, char *text, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = 0, n = 0;

    stress_expect(fd >= 0, path);
    while ((n = read(fd, text + length, room - 1 - (size_t)length)) > 0) {
        length += n;
    }
    close(fd);
    text[length] = '\0';
}

static inline size_t stress_field(const char *path, const char *name)
{
    char text[4096];
    const char *at = NULL;

    stress_read(path, text, sizeof text);
    at = strstr(text, name);
    stress_expect(at != NULL, name);
    return (size_t)strtoull(at + strlen(name), NULL, 10) * STRESS_KIB;
}

// Bytes resident now, from the page tables; the counter in /proc/self/statm lags behind.
static inline size_t stress_rss(void)
{
    return stress_field("/proc/self/smaps_rollup", "\nRss:");
}

// The part of it that no file backs; text that is run for the first time does not count here.
static inline size_t stress_anonymous(void)
{
    return stress_field("/proc/self/smaps_rollup", "\nAnonymous:");
}

static inline size_t stress_peak_rss(void)
{
    return stress_field("/proc/self/status", "VmHWM:");
}

static inline long stress_minor_faults(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
}

// Memory for the program's own books: outside the allocator and resident from the start.
static inline void *stress_books(size_t size)
{
    void *p =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

    stress_expect(p != MAP_FAILED, "mmap for the program's own books");
    return p;
}

static inline double stress_mib(size_t bytes)
{
    return (double)bytes / STRESS_MIB;
}

// Bytes gained since `before`, zero when there are fewer.
static inline size_t stress_grown(size_t before, size_t after)
{
    return after > before ? after - before : 0;
}

static inline pthread_t stress_thread(void *(*body)(void *), void *argument)
{
    pthread_t thread;

    stress_expect(pthread_create(&thread, NULL, body, argument) == 0, "pthread_create");
    return thread;
}

#endif
