// SPDX-License-Identifier: MIT
// Call stacks: taken, kept once each, and named by a number.
//
// Taking one neither allocates nor takes a lock of the allocator; it may be done in any
// thread, from stack_start on. Frames of this library are left out. How it is done is
// options.stacks: walk.h. Stacks are never forgotten.
//
// Layer: debug. Above: checked.c, sample, leak, finding. Below: walk, vm/meta, base.
#ifndef DEBUG_STACK_H
#define DEBUG_STACK_H

#include "debug/cfi.h"

#include <stddef.h>
#include <stdint.h>

enum {
    STACK_FRAMES = 24,    // as many of a stack are kept, the innermost
    STACKS_MAX = 1 << 20, // different stacks
};

// To be called once, with no lock of ours held and when the loader may be asked: it takes
// its locks, and may call malloc. Until then there are no stacks.
void stack_start(void);

// The number of the caller's call stack: the same for the same stack. `frame` is
// __builtin_frame_address(0) of a function that has not returned. 0: there was none to be
// had, or no memory to keep it.
uint32_t stack_capture(const void *frame);

// The same of code that was interrupted, by a signal say, with these registers.
uint32_t stack_capture_interrupted(const struct registers *r);

// The number of a stack of 1 to STACK_FRAMES return addresses, or 0.
uint32_t stack_keep(const uintptr_t *frames, size_t count);

// The return addresses of a stack, innermost first. Returns how many; 0 for stack 0.
size_t stack_frames(uint32_t stack, const uintptr_t **frames);

#endif
