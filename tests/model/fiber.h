// SPDX-License-Identifier: MIT
// The threads of a scenario, as stacks between which one real thread is switched by
// hand, and where each of them stands.
#ifndef MODEL_FIBER_H
#define MODEL_FIBER_H

#include "search.h"

#include "os/cache_slot.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fiber_status { FIBER_ALIVE, FIBER_DONE, FIBER_GONE };

enum { FIBER_STACK = 64 << 10 };

struct fiber {
    jmp_buf context;
    enum fiber_status status;
    char *stack;               // FIBER_STACK bytes
    char *low;                 // the stack is in use from here up; on a cache line
    struct thread_cache *slot; // its cache_slot and cache_own
    struct thread_cache *own;
    void *const *waits_for;   // cannot go on before this is NULL; NULL: can go on
    const char *what, *where; // its next step
    volatile void *delayed;   // where its store that others do not see yet goes; NULL: none
    uint64_t value;           // of that store, `size` bytes
    size_t size;
};

extern struct fiber fibers[FIBERS];
extern int fiber_current; // FIBERS: none runs

// Once, before all else here.
void fiber_init(void);

// Makes the fiber, which stands before its first step.
void fiber_start(int i, void (*body)(void));

// Lets fiber i run until it leaves or ends.
void fiber_resume(int i);

// The running fiber stops here until it is resumed.
void fiber_leave(void);

// Before the search: what follows is done as thread i, with its cache, at one go;
// FIBERS: as nobody. And the thread that is running or acted for.
void fiber_act_as(int i);
int fiber_self(void);

#endif
