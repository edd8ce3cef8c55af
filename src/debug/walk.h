// SPDX-License-Identifier: MIT
// Who called: the return addresses on the stack of the calling thread.
//
// Our own functions are walked by their unwind tables. The others are too if asked for, else
// by frame pointers: fast, and right for code that was compiled with them. Code without them
// has any value in that register, so nothing is believed: a frame lies above the last one in
// readable memory, and returns into code of the program or a library, or the walk ends.
// Nothing is allocated and no lock is taken. Linkers give static programs a table only if
// asked to (--eh-frame-hdr); without it the walk of these depends on frame pointers alone.
//
// Layer: debug. Above: stack. Below: cfi, vm, os.
#ifndef DEBUG_WALK_H
#define DEBUG_WALK_H

#include "debug/cfi.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// To be called once; as os_image_start.
void walk_start(void);

// Fills `frames` with return addresses, innermost first, and says how many. `frame` is
// __builtin_frame_address(0) of a function that has not returned. The innermost frames are left
// out as long as they are ours. 0 before walk_start.
size_t walk_stack(const void *frame, bool by_tables, uintptr_t *frames, size_t room);

// The same of code that was interrupted at r->pc, which comes first, whosever it is. As it has
// maybe no frame yet, its caller is looked for by the tables at any rate.
size_t walk_interrupted(const struct registers *r, bool by_tables, uintptr_t *frames,
                        size_t room);

#endif
