// SPDX-License-Identifier: MIT
// tests/unit/core_syscall.h for Windows, included in its place before the tests that use it:
// calls for memory fail when the test wants them to. wine refuses no memory by itself.
//
// What a program imports it calls through a pointer. Those of the calls for memory are
// defined here, so that they are not the system's.
#ifndef TESTS_UNIT_CORE_SYSCALL_H
#define TESTS_UNIT_CORE_SYSCALL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

// The kinds of call by the names that the tests know them by.
enum {
    SYS_mmap = 1, // reserve, decommit
    SYS_mprotect, // commit, protect
    SYS_munmap,   // release
    SYS_madvise,  // never made
    SYS_mremap    // never made
};

// What fails. Calls that give memory back succeed unless `number` names them.
struct core_failing {
    _Atomic(int) countdown;  // the memory call that makes it 0 fails; 0: none will
    _Atomic(bool) all;       // every memory call fails
    _Atomic(size_t) mapping; // mappings of at least this size fail; 0: none
    _Atomic(long) number;    // the only kind of call that fails; 0: any that asks for memory
};

extern struct core_failing core_failing;
extern _Atomic(int) core_failed; // calls that were made to fail
extern _Atomic(int) core_waits;  // calls that may sleep until they are woken
extern _Atomic(long) core_slept_us;

#endif
