// SPDX-License-Identifier: MIT
// Start and fork: what happens once, in the first slow path of the process.
//
// There is no constructor, but where it would come too late (early.c). A library that is never used
// costs its loading only.
#ifndef INIT_H
#define INIT_H

#include "os/compiler.h"

#include <stdatomic.h>
#include <stdbool.h>

enum init_stage {
    INIT_NONE,     // nothing happened yet
    INIT_PARTIAL,  // usable; the environment was not there to be read
    INIT_DONE,
};

extern _Atomic(int) init_stage;

// Brings the library up, or reads the environment that was not there before.
void init_start(void);

// For calls that take a slow path: cheap once all is done.
static inline void init_ensure(void)
{
    if (unlikely(atomic_load_explicit(&init_stage, memory_order_acquire) != INIT_DONE))
        init_start();
}

#endif
