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

#define UNLIKELY_SIZE ((size_t)64 * MIB)

// Written by the holder of handler_lock, which is 0 when free and else names the
// thread that holds it by an address of its own: no system call tells that.
static void (*_Atomic handler)(int level, void *context);
static void *handler_context;
static _Atomic(uintptr_t) handler_lock;
static _Atomic(uint64_t) in_vain_ms;

static uintptr_t this_thread(void)
{
    return cache_thread_mark();
}

static bool try_lock(void)
{
    uintptr_t free = 0;

    return atomic_compare_exchange_strong_explicit(&handler_lock, &free, this_thread(),
                                                   memory_order_acquire, memory_order_relaxed);
}

static void unlock(void)
{
    atomic_store_explicit(&handler_lock, 0, memory_order_release);
}

void oom_set_pressure_handler(void (*call)(int level, void *context), void *context)
{
    bool mine = atomic_load_explicit(&handler_lock, memory_order_relaxed) == this_thread();

    while (!mine && !try_lock())
        os_sleep_us(100);
    handler_context = context;
    atomic_store_explicit(&handler, call, memory_order_relaxed);
    if (!mine)
        unlock();
}

void oom_fork_child(void)
{
    // A thread that is not here may have held it.
    if (atomic_load_explicit(&handler_lock, memory_order_relaxed) != this_thread())
        unlock();
}

// One thread at a time, and not for requests that the handler makes itself.
static bool call_handler(int level)
{
    void (*call)(int, void *);

    if (atomic_load_explicit(&handler, memory_order_relaxed) == NULL || !try_lock())
        return false;
    call = atomic_load_explicit(&handler, memory_order_relaxed);
    if (call != NULL)
        call(level, handler_context);
    unlock();
    return call != NULL;
}

static bool in_vain_lately(void)
{
    uint64_t last = atomic_load_explicit(&in_vain_ms, memory_order_relaxed);

    return last != 0 && os_clock_ms() - last < PAUSE_MS;
}

static bool is_possible(size_t size)
{
    return size <= PTRDIFF_MAX && (uint64_t)size >> (ADDRESS_BITS - 1) == 0;
}

// Everything that waits somewhere for reuse. Costly for all threads, so requests
// that are unlikely to be met do not cause it again and again.
static bool give_back_all(size_t size)
{
    if (size > UNLIKELY_SIZE && in_vain_lately())
        return false;
    alloc_flush_all();
    alloc_trim(0);
    return true;
}

bool oom_relieve(size_t size, size_t alignment, int attempt)
{
    int waits = attempt - 2;

    if (!is_possible(size) || !is_possible(alignment))
        return false;
    if (attempt == 0)
        return give_back_all(size);
    if (attempt == 1 && call_handler(1))
        return true;
    if (waits <= WAITS && cache_ever_two() && !in_vain_lately()) {
        if (waits >= 0) {
            call_handler(attempt);
            os_sleep_us((waits < WAITS ? 1u << waits : LAST_WAIT_MS) * 1000u);
        }
        return true;
    }
    if (waits > WAITS)
        atomic_store_explicit(&in_vain_ms, os_clock_ms(), memory_order_relaxed);
    report_out_of_memory(size);
    return false;
}
