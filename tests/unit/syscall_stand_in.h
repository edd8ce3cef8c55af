// SPDX-License-Identifier: MIT
// For a test that defines libc's `syscall` itself, through which all requests
// of src/vm and src/os go: takes the arguments apart and makes the real call.
#ifndef UNIT_SYSCALL_STAND_IN_H
#define UNIT_SYSCALL_STAND_IN_H

#include <dlfcn.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/syscall.h>

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
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

#endif
