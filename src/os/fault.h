// SPDX-License-Identifier: MIT
// Accesses to memory that the system refuses, seen before the program's own handler of them.
//
// There are two hooks a process at most, for faults in memory that is ours. What they do not
// want goes on as if they were not there: to the handler that was installed before, or to
// the end that the system has for it. A program that installs its handler later replaces
// the hooks, unless it calls what it found.
#ifndef OS_FAULT_H
#define OS_FAULT_H

#include <stdbool.h>
#include <stdint.h>

enum os_access { OS_ACCESS_UNKNOWN, OS_ACCESS_READ, OS_ACCESS_WRITE, OS_ACCESS_EXECUTE };

struct os_fault {
    const void *address; // that was accessed
    enum os_access access;
    uintptr_t code, stack, frame; // the instruction, stack and frame pointer; 0: not known
};

// True: the access is made again. False: it goes on as above.
typedef bool os_fault_handler(const struct os_fault *fault);

enum { OS_FAULT_HOOKS = 2 };

// Has handle() called in each thread whose access faults, as a signal handler is: on
// the alternate stack if the thread has one, and with the signals of others blocked. Who
// came first is asked first. errno is kept for the program. May call malloc. False: the
// system has no such thing.
bool os_fault_hook(os_fault_handler *handle);

// What a system adds, once, with the first hook: it has the hooks asked about each fault. False:
// it has no such thing.
bool os_fault_catch(void);

// Asks the hooks, and returns what the one said that took it.
bool os_fault_ask(const struct os_fault *fault);

#endif
