// SPDX-License-Identifier: MIT
// The small services on Linux.
//
// The kernel is asked through libc's `syscall`, by number: the named functions
// are cancellation points or are interposed by programs. What the auxiliary
// vector, the vdso and the environment hold costs no system call at all.
#include "os/os.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

// Weak, so that a static program links without the dynamic loader.
#pragma weak dlsym

// Newer 32-bit systems have only the call with the wide timeout.
#if defined(SYS_futex)
enum { FUTEX_NUMBER = SYS_futex };
typedef long timeout_field;
#else
enum { FUTEX_NUMBER = SYS_futex_time64 };
typedef int64_t timeout_field;
#endif

enum {
    FUTEX_PRIVATE_WAIT = 128,
    FUTEX_PRIVATE_WAKE = 129
};

static pthread_key_t exit_key;
static _Atomic(bool) exit_key_made;

size_t os_page_size(void)
{
    return getauxval(AT_PAGESZ);
}

bool os_is_secure(void)
{
    return getauxval(AT_SECURE) != 0;
}

// The finaliser of splitmix64: every bit of x reaches every bit of the result.
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

uint64_t os_random_seed(void)
{
    static _Atomic(uint32_t) calls;
    uint64_t count = atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed) + 1u;
    uint64_t bytes[2] = {0, 0};
    const void *random = (const void *)getauxval(AT_RANDOM);

    if (random != NULL) {
        memcpy(bytes, random, sizeof(bytes));
    }
    // Programs may show the kernel's bytes to others (libc's own guards come
    // from them), so the places of code and stack are mixed in as well.
    uint64_t x = mix(bytes[0] + count * 0x9e3779b97f4a7c15u);

    return mix(x ^ bytes[1] ^ (uint64_t)(uintptr_t)&calls ^ (uint64_t)(uintptr_t)bytes << 20);
}

uint64_t os_clock_ms(void)
{
    struct timespec now = {0, 0};

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint32_t os_process_id(void)
{
    return (uint32_t)syscall(SYS_getpid);
}

const char *const *os_environ(void)
{
    return (const char *const *)environ;
}

uint32_t os_thread_id(void)
{
    return (uint32_t)syscall(SYS_gettid);
}

uintptr_t os_thread_mark(void)
{
    return (uintptr_t)pthread_self();
}

static void futex(_Atomic(uint32_t) *word, long operation, unsigned long value,
                  const timeout_field *timeout)
{
    int saved = errno;

    syscall(FUTEX_NUMBER, word, operation, value, timeout);
    errno = saved;
}

void os_wait(_Atomic(uint32_t) *word, uint32_t expected)
{
    futex(word, FUTEX_PRIVATE_WAIT, expected, NULL);
}

void os_wake(_Atomic(uint32_t) *word, int count)
{
    futex(word, FUTEX_PRIVATE_WAKE, (unsigned long)count, NULL);
}

// A wait that nobody ends, so that one system call number serves both: what
// sandboxes let through for the locks is then enough.
void os_sleep_us(unsigned us)
{
    _Atomic(uint32_t) word = 0;
    timeout_field timeout[2] = {us / 1000000, us % 1000000 * 1000};

    futex(&word, FUTEX_PRIVATE_WAIT, 0, timeout);
}

void os_abort(void)
{
    abort();
}

size_t os_address_space_limit(void)
{
    uint64_t limit[2];

    if (syscall(SYS_prlimit64, 0L, (long)RLIMIT_AS, NULL, limit) != 0 || limit[0] > SIZE_MAX) {
        return SIZE_MAX;
    }
    return (size_t)limit[0];
}

bool os_thread_exit_hook(void (*fn)(void *))
{
    if (pthread_key_create(&exit_key, fn) != 0) {
        return false;
    }
    // Pairs with os_thread_exit_arm: who sees the flag sees the key.
    atomic_store_explicit(&exit_key_made, true, memory_order_release);
    return true;
}

bool os_thread_exit_arm(void *value)
{
    return atomic_load_explicit(&exit_key_made, memory_order_acquire)
           && pthread_setspecific(exit_key, value) == 0;
}

void *os_next_symbol(const char *name)
{
    return dlsym != NULL ? dlsym(RTLD_NEXT, name) : NULL;
}

// glibc's own pthread_atfork is a copy in each library, on a page that a small
// program would touch for nothing else. What it calls is part of its ABI.
extern int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void),
                             void *library) __attribute__((weak));

bool os_fork_hooks(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
    if (__register_atfork != NULL) {
        return __register_atfork(prepare, parent, child, NULL) == 0;
    }
    return pthread_atfork(prepare, parent, child) == 0;
}

// A wait that ends at once: the kernel reads the word first, and this number is one that
// sandboxes must let through for the locks.
bool os_can_read(const void *p)
{
    uintptr_t word = (uintptr_t)p & ~(uintptr_t)3;
    timeout_field timeout[2] = {0, 0};
    int saved = errno;
    bool fault = syscall(FUTEX_NUMBER, word, (long)FUTEX_PRIVATE_WAIT, 0x6b796f69L, timeout) != 0 &&
                 errno == EFAULT;

    errno = saved;
    return !fault;
}
