// SPDX-License-Identifier: MIT
// The small services of an operating system, all but pages. One file per
// system implements them; none allocates memory except where a line says so,
// and all may be called from any thread, before and after main. What a lock or
// a report needs (write, wait, wake, sleep) preserves errno.
#ifndef OS_OS_H
#define OS_OS_H

#include "os/compiler.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Bytes of a page: a power of two.
size_t os_page_size(void);

// True when the process runs with more rights than its caller has, so that
// the environment must not be believed.
bool os_is_secure(void);

// A number that differs between processes and between calls and that cannot
// be guessed from outside. For seeds, not for each decision: some systems are
// asked each time, and after fork parent and child may get the same sequence.
uint64_t os_random_seed(void);

// Milliseconds of a clock that never goes back; a few ms coarse, very cheap.
uint64_t os_clock_ms(void);

// Writes all of the text or as much as the system takes.
void os_write(int fd, const char *text, size_t size);

// Opens a file to write at its end, made for this user alone if there is none: a
// descriptor for os_write and os_close, or -1. Both preserve errno.
int os_open_append(const char *path);
void os_close(int fd);

// True when what is written there is shown to a person, in colour if asked to. Preserves
// errno.
bool os_is_terminal(int fd);

// What a descriptor stands for. False: nothing, or the system does not tell. Preserves errno.
struct os_file {
    uint64_t device, number;
    bool appends; // what is written goes to its end
};
bool os_file_of(int fd, struct os_file *file);

// The system's number of this process.
uint32_t os_process_id(void);

// The environment, ended by NULL; NULL while there is none.
const char *const *os_environ(void);

// The system's number of this thread; never 0.
uint32_t os_thread_id(void);

// A number that no other thread of the process has while this one lives; never 0, and
// without a system call.
uintptr_t os_thread_mark(void);

// Sleeps while *word is `expected`, until os_wake. May return without reason.
void os_wait(_Atomic(uint32_t) *word, uint32_t expected);

// Wakes at most `count` threads that wait for this word in this process.
void os_wake(_Atomic(uint32_t) *word, int count);

// Sleeps at least about this long, unless a signal comes.
void os_sleep_us(unsigned us);

// Ends the process as abort does.
_Noreturn void os_abort(void);

// The most address space this process may have; SIZE_MAX when not limited.
size_t os_address_space_limit(void);

// Has fn(value) called at the end of each thread that armed itself with a
// value that is not NULL. Once a process; false when the system has no slot.
bool os_thread_exit_hook(void (*fn)(void *));

// Sets this thread's value. False when there is no hook. May call malloc where
// the slot is a late one, so the caller must be ready for that.
bool os_thread_exit_arm(void *value);

// Has prepare() called before each fork, parent() and child() after it; as early
// as it was asked for, it is the last prepare and the first of the others. False:
// no memory. May call malloc.
bool os_fork_hooks(void (*prepare)(void), void (*parent)(void), void (*child)(void));

// The definition of a symbol that follows the library's own in load order, or
// NULL: none, or a static program.
void *os_next_symbol(const char *name);

// Opens a file to read: a descriptor for os_read and os_close, or -1. Preserves errno.
int os_open_read(const char *path);

// Reads on, at most `size` bytes: how many; 0 at the end and after a failure. Preserves errno.
size_t os_read(int fd, char *buffer, size_t size);

// True when p can be read at this moment. A system call each time. Preserves errno.
bool os_can_read(const void *p);

#endif
