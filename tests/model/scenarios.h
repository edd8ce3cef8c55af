// SPDX-License-Identifier: MIT
// What the threads of the model do. Blocks of 64 bytes are 4 to a slab, blocks of 128
// bytes 2 to a thread's first slab and 4 to the others, of two units; blocks of 16
// bytes are 16 to a slab, which waits until two are free.
#ifndef MODEL_SCENARIOS_H
#define MODEL_SCENARIOS_H

#include "search.h"

struct scenario {
    const char *name;
    void (*prepare)(void); // done at one go, as the thread that fiber_act_as says
    void (*bodies[FIBERS])(void);
    int bound; // preemptions; NO_BOUND: every schedule
};

extern const struct scenario scenarios[]; // ended by one without a name

#endif
