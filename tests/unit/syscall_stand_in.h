// SPDX-License-Identifier: MIT
// For a test that defines libc's `syscall` itself, through which all requests
// of src/vm and src/os go: takes the arguments apart and makes the real call.
#ifndef UNIT_SYSCALL_STAND_IN_H
#define UNIT_SYSCALL_STAND_IN_H

#include <dlfcn.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

// The number by which memory is mapped. Where its arguments are passed in memory they are taken
// from there, so that it looks the same to a test.
#ifdef SYS_mmap2
enum { SYSCALL_MAP = SYS_mmap2 };
#else
enum { SYSCALL_MAP = SYS_mmap };
#endif
#ifdef __s390x__
enum { SYSCALL_MAP_IN_MEMORY = 1 };
#else
enum { SYSCALL_MAP_IN_MEMORY = 0 };
#endif

// How many arguments follow the number. Those that are not there must not be
// read: an address sanitizer watches the stack beyond them.
static inline int syscall_arity(long number)
{
    switch (number) {
    case SYS_gettid:
    case SYS_getpid:
        return 0;
    case SYS_close:
        return 1;
    case SYS_munmap:
    case SYS_mlock:
    case SYS_munlock:
        return 2;
    case SYS_mprotect:
    case SYS_madvise:
    case SYS_read:
    case SYS_write:
    case SYS_ioctl:
    case SYS_fcntl:
        return 3;
    case SYS_futex:
    case SYS_openat:
    case SYS_prlimit64:
        return 4;
    case SYS_mremap:
    case SYS_statx:
        return 5;
    default:
        return 6;
    }
}

static inline void syscall_arguments(long number, va_list list, long a[6])
{
    if (number == SYSCALL_MAP && SYSCALL_MAP_IN_MEMORY) {
        memcpy(a, va_arg(list, const long *), 6 * sizeof(long));
        return;
    }
    for (int i = 0; i < 6; i++) {
        a[i] = i < syscall_arity(number) ? va_arg(list, long) : 0;
    }
}

static inline long syscall_real(long number, const long a[6])
{
    static long (*real)(long, ...);

    if (real == NULL) {
        real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    }
    if (number == SYSCALL_MAP && SYSCALL_MAP_IN_MEMORY)
        return real(number, a);
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

#endif
