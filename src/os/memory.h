// SPDX-License-Identifier: MIT
// A process that looks at its own threads and memory, as a search for pointers does.
//
// None of these allocates. All preserve errno.
#ifndef OS_MEMORY_H
#define OS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Threads of this process; 0: not known.
size_t os_thread_count(void);

// Calls visit for each range of memory that this process has written, can read and does not
// share, lowest first, until it answers false. False: the system does not tell. Where it
// tells less, of ranges that may be written now all is visited.
bool os_memory_visit(bool (*visit)(uintptr_t start, uintptr_t end, void *context),
                     void *context);

// Whether os_memory_copy is safe to call: a process whose system calls are filtered might be
// ended for one that it never makes itself. False also if the system does not tell.
bool os_memory_may_copy(void);

// Copies memory that may be gone or may not be read: how many bytes could be, from its
// start up to the first page that could not.
size_t os_memory_copy(void *to, uintptr_t from, size_t size);

// Calls use with the registers of the caller written to the stack: all that the functions
// which led here know is then at `stack` or above it.
void os_show_registers(void (*use)(uintptr_t stack, void *context), void *context);

#endif
