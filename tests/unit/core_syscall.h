// SPDX-License-Identifier: MIT
// Defines libc's `syscall` for a unit test, so that memory calls fail when the test wants them to,
// the waits of locks are seen, and the kernel seems to have the page size that vm_init was told.
// Included by at most one file of a program.
#ifndef TESTS_UNIT_CORE_SYSCALL_H
#define TESTS_UNIT_CORE_SYSCALL_H

#include "syscall_stand_in.h"

#include "os/os.h"
#include "vm/vm.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

// What fails. Calls that give memory back succeed unless `number` names them.
static struct {
    _Atomic(int) countdown;  // the memory call that makes it 0 fails, but no end of a guard, which
                             // needs no memory; 0: none will
    _Atomic(bool) all;       // every memory call fails
    _Atomic(size_t) mapping; // mappings of at least this size fail; 0: none
    _Atomic(long) number;    // the only system call that fails; 0: any that asks for memory
} core_failing;

static _Atomic(int) core_failed; // calls that were made to fail
static _Atomic(int) core_waits;  // calls that may sleep until they are woken
static _Atomic(long) core_slept_us;

enum { ADVICE_GUARD_REMOVE = 103 };

static inline bool core_asks_for_memory(long number)
{
    long only = atomic_load(&core_failing.number);

    if (only != 0)
        return number == only;
    return number == SYSCALL_MAP || number == SYS_mprotect || number == SYS_madvise ||
           number == SYS_mremap;
}

static inline bool core_must_fail(long number, const long a[6])
{
    size_t mapping = atomic_load(&core_failing.mapping);

    if (!core_asks_for_memory(number))
        return false;
    if (atomic_load(&core_failing.all))
        return true;
    if (number == SYSCALL_MAP && mapping != 0 && (size_t)a[1] >= mapping)
        return true;
    if (number == SYS_madvise && a[2] == ADVICE_GUARD_REMOVE)
        return false;
    return atomic_load(&core_failing.countdown) > 0 &&
           atomic_fetch_sub(&core_failing.countdown, 1) == 1;
}

static inline void core_note_futex(const long a[6])
{
    const long *timeout = (const long *)a[3];

    if ((a[1] & 127) != 0)
        return;
    if (timeout == NULL)
        atomic_fetch_add(&core_waits, 1);
    else
        atomic_fetch_add(&core_slept_us, timeout[0] * 1000000 + timeout[1] / 1000);
}

// A mapping that lies on the larger page size: a longer one, less what is too much.
static inline long core_map_on_pages(const long a[6])
{
    size_t page = vm_page_size(), size = (size_t)a[1];
    long longer[6] = {a[0], (long)(size + page), a[2], a[3], a[4], a[5]};
    long base, head;

    if ((a[3] & MAP_FIXED) != 0 || page == os_page_size())
        return syscall_real(SYSCALL_MAP, a);
    base = syscall_real(SYSCALL_MAP, longer);
    if (base == -1)
        return base;
    head = (long)(-(unsigned long)base & (page - 1));
    if (head > 0)
        syscall_real(SYS_munmap, (long[6]){base, head});
    syscall_real(SYS_munmap, (long[6]){base + head + (long)size, (long)page - head});
    return base + head;
}

long syscall(long number, ...)
{
    long a[6];
    va_list list;

    va_start(list, number);
    syscall_arguments(number, list, a);
    va_end(list);
    if (number == SYS_futex)
        core_note_futex(a);
    if (core_must_fail(number, a)) {
        atomic_fetch_add(&core_failed, 1);
        errno = ENOMEM;
        return -1;
    }
    return number == SYSCALL_MAP ? core_map_on_pages(a) : syscall_real(number, a);
}

// The real function is looked up before there are threads.
__attribute__((constructor)) static void core_find_syscall(void)
{
    syscall(SYS_gettid);
}

#endif
