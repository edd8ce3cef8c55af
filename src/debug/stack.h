// SPDX-License-Identifier: MIT
// Call stacks: taken, kept once each, and named by a number.
//
// Taking one neither allocates nor takes a lock of the allocator; it may be done in any
// thread, from the first allocation on. Frames of this library are left out. How it is
// done is options.stacks. Stacks are never forgotten.
//
// Layer: debug. Above: checked.c, sample, leak, finding. Below: vm/meta, base, os.
#ifndef DEBUG_STACK_H
#define DEBUG_STACK_H

#include <stddef.h>
#include <stdint.h>

enum { STACK_FRAMES = 24 };

// The number of the caller's call stack: the same for the same stack. `frame` is
// __builtin_frame_address(0) of a function that is compiled with a frame pointer. 0: there
// was none to be had, or no memory to keep it.
uint32_t stack_capture(const void *frame);

// The return addresses of a stack, innermost first. Returns how many; 0 for stack 0.
size_t stack_frames(uint32_t stack, const uintptr_t **frames);

#endif
