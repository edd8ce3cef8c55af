// SPDX-License-Identifier: MIT
// Every byte that comes from or goes to the OS passes here: the place where a
// memory limit will be able to refuse, and where the totals of the statistics
// come from. Regions are charged by chunk, huge blocks by mapping.
#ifndef VM_CHARGE_H
#define VM_CHARGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum charge_reason {
    CHARGE_CHUNK,    // memory that slabs and runs are cut from
    CHARGE_HUGE,     // huge blocks
    CHARGE_METADATA, // our own records; never refused
    CHARGE_COUNT
};

struct charge_totals {
    size_t committed[CHARGE_COUNT]; // bytes accessible now, by reason
    size_t reserved;                // bytes of address space held
    size_t peak_committed;          // bytes, most there ever were
    uint64_t commits;               // calls that made memory accessible or took it back in use
    uint64_t decommits;             // calls that gave memory back
    uint64_t committed_bytes;       // bytes made accessible in all
    uint64_t decommitted_bytes;     // bytes given back in all
};

// Address space taken or given back.
void charge_reserved(size_t size);
void uncharge_reserved(size_t size);

// Accessible memory taken or given back.
void charge_committed(size_t size, enum charge_reason reason);
void uncharge_committed(size_t size, enum charge_reason reason);

// Pages purged: given back although their range stays accessible.
void charge_note_purge(size_t size);

void charge_totals_get(struct charge_totals *out);

#endif
