// SPDX-License-Identifier: MIT
// From the exact address of a huge block to its record, without a lock.
//
// A radix tree of two levels over address / 1 MiB: no two huge blocks start in the
// same MiB, as each holds at least that much address space. Records and leaves are
// never freed, so a reader may always follow what it sees; a record that does not
// say the address that was asked for is no answer.
//
// Above: huge. Below: vm/meta.
#ifndef LARGE_REGISTRY_H
#define LARGE_REGISTRY_H

#include "base/limits.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HUGE_SEGMENTS = 24 };

// One huge block. `address` and `freed` are read by anyone; the rest is written
// before the block is entered, then by the thread that resizes or frees it.
//
//   | data ...... `size` | guard page, or room to grow without access | `reserved`
struct huge {
    _Atomic(uintptr_t) address;   // of the block; 0: the record is unused
    _Atomic(bool) freed;          // the block is free and its address not out again
    bool guarded;                 // the page behind the data is a guard set on its own
    bool split;                   // and that guard costs a mapping of the OS
    uint16_t space;               // SPACE_CHECKED, SPACE_OWNED
    uint16_t segments;            // entries of `bounds`
    size_t size;                  // bytes the application may use, whole pages
    size_t reserved;              // bytes of address space
    size_t bounds[HUGE_SEGMENTS]; // where the OS's mappings of the data meet, rising
    struct huge *next;            // unused records
    struct ikyo_space *owner;     // of SPACE_OWNED: written, as the links, under its lock
    struct huge *next_owned, *previous_owned;
};

// The record of the block at p, live or freed; NULL when none started there last.
struct huge *registry_find(const void *p);

// True when p lies inside a live block. Slow; for pointers that went wrong.
bool registry_covers(const void *p);

// A record that is not in use, all zero. NULL: no memory. Takes LOCK_HUGE.
struct huge *registry_new_record(void);

// Puts back a record that was never entered.
void registry_discard(struct huge *record);

// Enters a block under record->address. False: no memory. Takes LOCK_HUGE.
bool registry_insert(struct huge *record);

// Calls visit for each block that is not freed, under LOCK_HUGE, which the caller may hold.
void registry_visit(void (*visit)(const struct huge *record, void *context), void *context);

#endif
