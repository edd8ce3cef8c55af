// SPDX-License-Identifier: MIT
#include "oom.h"

#include "alloc.h"
#include "base/limits.h"
#include "base/report.h"
#include "os/os.h"
#include "tls/thread.h"

#include <stdatomic.h>
#include <stdint.h>

enum {
    WAITS = 5,           // 1 + 2 + 4 + 8 + 16 = 31 ms
    LAST_WAIT_MS = 19,   // and with this 50 ms
    PAUSE_MS = 1000,     // after a request that waited in vain
};

struct handler {
    void (*call)(int level, void *context);
    void *context;
};

static struct handler handler;
static _Atomic(uint32_t) handler_lock; // 0 free, else the thread that changes or calls it
static _Atomic(uint64_t) in_vain_ms;

void oom_set_pressure_handler(void (*call)(int level, void *context), void *context)
{
    uint32_t me = os_thread_id();
    bool mine = atomic_load_explicit(&handler_lock, memory_order_relaxed) == me;
    uint32_t free = 0;

    while (!mine && !atomic_compare_exchange_weak_explicit(
                        &handler_lock, &free, me, memory_order_acquire, memory_order_relaxed)) {
        free = 0;
        os_sleep_us(100);
    }
    handler = (struct handler){call, context};
    if (!mine)
        atomic_store_explicit(&handler_lock, 0, memory_order_release);
}

// One thread at a time, and not for requests that the handler makes itself.
static bool call_handler(int level)
{
    uint32_t free = 0;
    bool called;

    if (!atomic_compare_exchange_strong_explicit(&handler_lock, &free, os_thread_id(),
                                                 memory_order_acquire, memory_order_relaxed))
        return false;
    called = handler.call != NULL;
    if (called)
        handler.call(level, handler.context);
    atomic_store_explicit(&handler_lock, 0, memory_order_release);
    return called;
}

static bool may_wait(size_t size)
{
    uint64_t last = atomic_load_explicit(&in_vain_ms, memory_order_relaxed);

    return cache_ever_two() && size <= SIZE_MAX >> (64 - ADDRESS_BITS + 1) &&
           (last == 0 || os_clock_ms() - last >= PAUSE_MS);
}

bool oom_relieve(size_t size, int attempt)
{
    int waits = attempt - 2;

    if (attempt == 0) {
        alloc_flush_all();
        alloc_trim(0);
        return true;
    }
    if (attempt == 1 && call_handler(1))
        return true;
    if (attempt == 1)
        waits = 0;
    if (waits <= WAITS && may_wait(size)) {
        if (attempt > 1)
            call_handler(attempt);
        os_sleep_us((waits < WAITS ? 1u << waits : LAST_WAIT_MS) * 1000u);
        return true;
    }
    if (cache_ever_two())
        atomic_store_explicit(&in_vain_ms, os_clock_ms(), memory_order_relaxed);
    report_out_of_memory(size);
    return false;
}
