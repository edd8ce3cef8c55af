// SPDX-License-Identifier: MIT
// Which of the recorded blocks a program can still get at: a search for pointers to them.
//
// Every aligned word is taken for a pointer that may be one: first in the program's own
// memory and in the registers of the caller, then in each block that was found. A pointer to
// any byte of a block counts. Not looked at are freed blocks and all else that the allocator
// keeps for itself, and memory shared with other processes. Other threads go on, but wait
// in their next call; what they have in registers only is not seen.
//
// Layer: debug. Above: leak. Below: record, vm, os.
#ifndef DEBUG_REACH_H
#define DEBUG_REACH_H

#include "debug/record.h"

enum reach_state {
    REACH_LOST,    // no pointer was found
    REACH_FOUND,
    REACH_IGNORED, // no live block, but memory that holds no pointer that counts
};

struct reach_block {
    uintptr_t start, end;     // end > start, even of a block of no bytes
    size_t size;              // as asked for
    size_t blocks;            // 1; more if it stands for others, see leak.c
    struct source source;
    uint32_t stack;           // of its allocation
    enum reach_state state;
    struct reach_block *next; // to be looked into: the search's own
};

struct reach {
    struct reach_block *blocks; // those that are not freed
    size_t count;
    bool is_known; // that the lost ones are: else the system does not let us look
    bool is_alone; // no other thread could have had a pointer where it is not seen
    char *memory;  // all of it, to be given back
    size_t bytes;
};

// Looks at all blocks that have a record. False: no memory for it.
bool reach_search(struct reach *r);

void reach_end(struct reach *r);

// Sorts blocks, in place and in any order that `before` says.
void reach_sort(struct reach_block *blocks, size_t count,
                bool (*before)(const struct reach_block *a, const struct reach_block *b));

#endif
