// SPDX-License-Identifier: MIT
// Two or more threads hand something over as fast as they can, through the functions of the
// library, and look at what they got: contents are plain memory, so that the thread sanitizer sees
// each read that no release and acquire stands behind, also on processors that keep the order.
//
// IKYO_LITMUS_MS is how long a program runs: longer on hardware that does reorder.
#ifndef TESTS_LITMUS_LITMUS_H
#define TESTS_LITMUS_LITMUS_H

#include "os/compiler.h"
#include "os/os.h"

#include "../unit/core_cache.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>

enum { LITMUS_MS = 500, LITMUS_WORDS = 4 };

// What is handed over: all words are the same.
struct litmus_contents {
    uint64_t words[LITMUS_WORDS];
};

static inline void litmus_write(struct litmus_contents *c, uint64_t value)
{
    for (int i = 0; i < LITMUS_WORDS; i++)
        c->words[i] = value;
}

static inline uint64_t litmus_read(const struct litmus_contents *c)
{
    for (int i = 1; i < LITMUS_WORDS; i++)
        require_equal(c->words[i], c->words[0]);
    return c->words[0];
}

static uint64_t litmus_ends_ms;
static pthread_barrier_t litmus_begun;
static void (*litmus_body)(unsigned self);

static inline bool litmus_goes_on(void)
{
    return os_clock_ms() < litmus_ends_ms;
}

static inline void *litmus_thread(void *self)
{
    pthread_barrier_wait(&litmus_begun);
    litmus_body((unsigned)(uintptr_t)self);
    return NULL;
}

// Calls body(0), body(1) ... at once, each in a thread of its own; a body goes on until
// litmus_goes_on says no.
static inline void litmus_run(int threads, void (*body)(unsigned self))
{
    const char *wish = getenv("IKYO_LITMUS_MS");
    pthread_t thread[8];

    litmus_body = body;
    litmus_ends_ms = os_clock_ms() + (wish != NULL ? strtoull(wish, NULL, 10) : LITMUS_MS);
    pthread_barrier_init(&litmus_begun, NULL, (unsigned)threads);
    core_start_threads(thread, threads, litmus_thread);
    core_join_threads(thread, threads);
    pthread_barrier_destroy(&litmus_begun);
}

// In a loop that waits for another thread, which may itself wait for a processor.
static inline void litmus_wait(unsigned spins)
{
    os_cpu_relax();
    if (spins % 512 == 0)
        os_sleep_us(1);
}

// Two threads meet here: what either did before is done.
static inline void litmus_meet(unsigned self)
{
    static struct {
        alignas(64) _Atomic(uint64_t) count;
    } meetings[2];
    uint64_t mine = atomic_fetch_add(&meetings[self].count, 1) + 1;

    for (unsigned spins = 1; atomic_load(&meetings[1 - self].count) < mine; spins++)
        litmus_wait(spins);
}

#endif
