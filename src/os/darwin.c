// SPDX-License-Identifier: MIT
// The small services on macOS, by the functions of libSystem: the numbers of system calls
// are no interface there.
//
// Threads wait by os_sync_wait_on_address, which macOS 14.4 brought, and before that by what
// it is made of. The older calls are not for new programs, so they are asked only then.
#include "os/os.h"

#include "os/cache_slot.h"
#include "os/darwin_fork.h"
#include "os/darwin_mach.h"

#include <crt_externs.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define SINCE_14_4 __attribute__((weak_import))

extern int os_sync_wait_on_address(void *word, uint64_t expected, size_t size,
                                   uint32_t flags) SINCE_14_4;
extern int os_sync_wake_by_address_any(void *word, size_t size, uint32_t flags) SINCE_14_4;
extern int os_sync_wake_by_address_all(void *word, size_t size, uint32_t flags) SINCE_14_4;
extern int __ulock_wait(uint32_t operation, void *word, uint64_t expected, uint32_t timeout_us);
extern int __ulock_wake(uint32_t operation, void *word, uint64_t unused);

enum {
    ULOCK_COMPARE_AND_WAIT = 1,
    ULOCK_WAKE_ALL = 0x100,
    ULOCK_NO_ERRNO = 0x1000000
};

struct fork_hooks fork_hooks;

static pthread_key_t exit_key;
static _Atomic(bool) exit_key_made;

size_t os_page_size(void)
{
    return (size_t)getpagesize();
}

bool os_is_secure(void)
{
    return issetugid() != 0;
}

uint64_t os_random_seed(void)
{
    uint64_t seed;

    // For so few bytes it fails only if they have no place.
    return getentropy(&seed, sizeof(seed)) == 0 ? seed : os_clock_ms() ^ (uintptr_t)&seed;
}

uint64_t os_clock_ms(void)
{
    return clock_gettime_nsec_np(CLOCK_MONOTONIC_RAW_APPROX) / 1000000;
}

uint32_t os_process_id(void)
{
    return (uint32_t)getpid();
}

const char *const *os_environ(void)
{
    return (const char *const *)*_NSGetEnviron();
}

// The number is wider, but counts up from a small one.
uint32_t os_thread_id(void)
{
    uint64_t id = 0;

    pthread_threadid_np(NULL, &id);
    return (uint32_t)id != 0 ? (uint32_t)id : 1;
}

uintptr_t os_thread_mark(void)
{
    return (uintptr_t)pthread_self();
}

void os_wait(_Atomic(uint32_t) *word, uint32_t expected)
{
    int saved = errno;

    if (os_sync_wait_on_address != NULL)
        os_sync_wait_on_address((void *)word, expected, sizeof(*word), 0);
    else
        __ulock_wait(ULOCK_COMPARE_AND_WAIT | ULOCK_NO_ERRNO, (void *)word, expected, 0);
    errno = saved;
}

void os_wake(_Atomic(uint32_t) *word, int count)
{
    const uint32_t wake = ULOCK_COMPARE_AND_WAIT | ULOCK_NO_ERRNO;
    int saved = errno;

    if (os_sync_wake_by_address_any == NULL || os_sync_wake_by_address_all == NULL)
        __ulock_wake(count == 1 ? wake : wake | ULOCK_WAKE_ALL, (void *)word, 0);
    else if (count == 1)
        os_sync_wake_by_address_any((void *)word, sizeof(*word), 0);
    else
        os_sync_wake_by_address_all((void *)word, sizeof(*word), 0);
    errno = saved;
}

// No cancellation point, as the function of POSIX is not elsewhere either.
void os_sleep_us(unsigned us)
{
    struct timespec time = {us / 1000000, (long)(us % 1000000) * 1000};
    int saved = errno, state;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    nanosleep(&time, NULL);
    pthread_setcancelstate(state, NULL);
    errno = saved;
}

void os_abort(void)
{
    abort();
}

size_t os_address_space_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return SIZE_MAX;
    return (size_t)limit.rlim_cur;
}

// Also the moment to make the keys of cache_slot.h: no thread has a cache before.
bool os_thread_exit_hook(void (*fn)(void *))
{
    if (!cache_keys_make() || pthread_key_create(&exit_key, fn) != 0)
        return false;
    // Pairs with os_thread_exit_arm: who sees the flag sees the key.
    atomic_store_explicit(&exit_key_made, true, memory_order_release);
    return true;
}

bool os_thread_exit_arm(void *value)
{
    return atomic_load_explicit(&exit_key_made, memory_order_acquire) &&
           pthread_setspecific(exit_key, value) == 0;
}

bool os_fork_hooks(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
    fork_hooks = (struct fork_hooks){prepare, parent, child};
    return true;
}

void *os_next_symbol(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

bool os_can_read(const void *p)
{
    mach_vm_size_t copied;
    char byte;

    return mach_vm_read_overwrite(mach_task_self(), (mach_vm_address_t)p, 1,
                                  (mach_vm_address_t)&byte, &copied) == KERN_SUCCESS;
}
