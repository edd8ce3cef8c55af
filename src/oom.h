// SPDX-License-Identifier: MIT
// What is done when the system gives no memory, before a call returns NULL.
#ifndef OOM_H
#define OOM_H

#include <stdbool.h>
#include <stddef.h>

// After failure number `attempt` (from 0) of a request: frees what can be freed, or
// waits for others to do so. True: try again. No lock is held.
//   0    everything cached, by this thread and in common, goes back to the OS
//   1    the pressure handler is called
//   2..  only where another thread could free something: wait 1, 2, 4 ... ms, 50 ms
//        in all, with the handler called again; then no waiting for a second
bool oom_relieve(size_t size, size_t alignment, int attempt);

void oom_set_pressure_handler(void (*handler)(int level, void *context), void *context);

// In the child of a fork, by its only thread.
void oom_fork_child(void);

#endif
