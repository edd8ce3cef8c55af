// SPDX-License-Identifier: MIT
// A trace: what one process asked of malloc, as records of one size, in the order of the calls.
#ifndef BINS_TRACE_H
#define BINS_TRACE_H

#include <stddef.h>
#include <stdint.h>

// `before` is the block that is given back and `after` the one that is handed out, 0 for none;
// realloc has both. In the file they are addresses; a record of zeros ends it.
struct event {
    uint64_t before;
    uint64_t after;
    uint64_t size : 56;
    uint64_t alignment_shift : 8; // of memalign and its kin, else 0
};

struct trace {
    struct event *events;
    size_t count;
    size_t blocks; // most blocks alive at once
};

// Reads a file and puts numbers from 1 to `blocks` in the place of the addresses; a block that
// realloc moved keeps its number. Blocks that the file does not see the birth of are left out.
// Does not come back when the file cannot be read.
struct trace trace_load(const char *path);

#endif
