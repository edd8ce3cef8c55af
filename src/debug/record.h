// SPDX-License-Identifier: MIT
// What check=full knows of each block, beside the block: nobody can write over it.
//
// A table from the start of a block to its record, under LOCK_RECORD. A record
// lives from the allocation until the block leaves the quarantine.
//
// Layer: debug. Above: checked.c, leak. Below: vm, base.
#ifndef DEBUG_RECORD_H
#define DEBUG_RECORD_H

#include "debug/finding.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source {             // where the application says it is: ikyo_malloc_at
    const char *file;
    const char *function;
    int line;
};

struct record {
    uintptr_t start;        // 0: the place is empty
    size_t size;            // as asked for
    struct event allocated, released;
    struct source source;   // file is NULL if it was not said
    uint8_t family;         // enum family
    bool freed;             // in quarantine
};

// Copies of records go in and out, so that no lock is held by a caller.
// Adds a record, or replaces that of the same start. False: no memory for it.
bool record_put(const struct record *r);

// The record of the block that starts at `start`. False: there is none.
bool record_get(const void *start, struct record *r);

// The record of the block that p lies in or just behind or before (within 64 bytes of its
// ends), for reports. It looks at every record.
bool record_find_near(const void *p, struct record *r);

bool record_remove(const void *start);

// Calls visit for every record, under the lock: visit must not come back here. Stops when
// visit returns false.
void record_visit(bool (*visit)(const struct record *r, void *context), void *context);

size_t record_count(void);

// The whole table, with the lock held until record_thaw: no block comes or goes that has a
// record, and other threads wait in their next call. A place with start 0 is empty.
struct record_table {
    const struct record *places;
    size_t capacity, count;
};
struct record_table record_freeze(void);
void record_thaw(void);

#endif
