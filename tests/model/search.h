// SPDX-License-Identifier: MIT
// Depth-first search through every order in which the threads of a scenario can take
// their steps. A step ends before each atomic operation on memory that two threads
// share, which is found out on the way: a search in which more of it turns up starts
// again. At each step the whole state (variables, blocks, live parts of the stacks)
// is kept; one that was seen before is not followed again.
//
// Memory is sequentially consistent, or with `delays` as that of processors that let a
// store wait behind later loads, unless it is seq_cst. Weaker ones are not searched.
#ifndef MODEL_SEARCH_H
#define MODEL_SEARCH_H

#include <stdbool.h>

enum { FIBERS = 3, NO_BOUND = 1 << 20 };

// Explores from the present state; the bodies are what the threads do. `check_step`
// looks at every state, `check_end` at those in which no thread can go on. At most
// `bound` times a thread is left while it could go on. Returns only if all is well.
void search_run(void (*const bodies[FIBERS])(void), int bound, void (*check_step)(void),
                void (*check_end)(void));

// Before all else: the name of the run, and whether to find a fault is its success.
// `delays`: stores may be delayed.
void search_init(const char *name, bool fault_expected, bool delays);

// The calling thread waits while *word is not NULL.
void search_wait(void *const *word, const char *what);

// The calling thread's delayed store becomes visible.
void search_settle(void);

// Only the calling thread lives on: it is in the child of a fork.
void search_fork(void);

// Ends the program with the reason and the schedule that led here. The same program
// always searches in the same order, so running it again is the replay.
_Noreturn void search_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
