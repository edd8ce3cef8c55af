// SPDX-License-Identifier: MIT
// Whether an access faults, found out by trying: the signal is caught and the
// program goes on.
#ifndef UNIT_FAULT_PROBE_H
#define UNIT_FAULT_PROBE_H

#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

static sigjmp_buf fault_probe_back;

static inline void fault_probe_caught(int signal)
{
    siglongjmp(fault_probe_back, signal);
}

static inline bool fault_probe(volatile char *addr, bool write)
{
    struct sigaction action = {.sa_handler = fault_probe_caught}, segv, bus;
    volatile bool fine = false;

    sigaction(SIGSEGV, &action, &segv);
    sigaction(SIGBUS, &action, &bus);
    if (sigsetjmp(fault_probe_back, 1) == 0) {
        if (write) {
            *addr = 1;
        } else {
            (void)*addr;
        }
        fine = true;
    }
    sigaction(SIGSEGV, &segv, NULL);
    sigaction(SIGBUS, &bus, NULL);
    return fine;
}

static inline bool fault_probe_read(volatile char *addr)
{
    return fault_probe(addr, false);
}

static inline bool fault_probe_write(volatile char *addr)
{
    return fault_probe(addr, true);
}

#endif
