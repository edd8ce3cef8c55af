// SPDX-License-Identifier: MIT
// Where the memory is: one struct for the whole process.
//
// All the printed forms, and mallinfo2, malloc_info and malloc_stats as well,
// come from these figures. They may be asked for at any time, from any thread, but
// not from a signal handler, since locks are taken; nothing is allocated, no thread is
// stopped, and `errno` is kept. It takes a time that grows with the memory in use.
// What adds up:
//
//   committed = live + cached + uncarved + dirty_free + clean_free + huge_cached + metadata
//
// exactly while no other thread allocates or frees; otherwise it is off by at
// most what is passing through the hands of the threads at that moment.
#ifndef IKYOALLOC_STATS_H
#define IKYOALLOC_STATS_H

#include "ikyoalloc/base.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

IKYO_BEGIN_DECLS

// Grows by one with every field added at the end; fields never move or leave.
#define IKYO_STATS_VERSION 1

struct ikyo_stats {
    uint64_t version;              // IKYO_STATS_VERSION of the library that filled it in
    uint64_t live_bytes;           // in blocks that the program holds
    uint64_t cached_bytes;         // in free blocks of slabs, wherever they wait
    uint64_t uncarved_bytes;       // in slabs, not yet cut into blocks
    uint64_t dirty_free_bytes;     // free pages that hold memory
    uint64_t clean_free_bytes;     // free pages that are accessible, but hold no memory
    uint64_t huge_cached_bytes;    // freed own mappings, kept for reuse
    uint64_t metadata_bytes;       // the allocator's own records
    uint64_t committed_bytes;      // all of the above
    uint64_t reserved_bytes;       // address space, accessible or not
    uint64_t peak_committed_bytes; // the most that was committed
    uint64_t live_blocks;          // blocks that the program holds
    uint64_t large_blocks;         // of them, in page runs
    uint64_t huge_blocks;          // of them, in own mappings
    uint64_t large_bytes;          // of live_bytes, in page runs
    uint64_t huge_bytes;           // of live_bytes, in own mappings
    uint64_t allocations;          // blocks handed out since the start
    uint64_t frees;                // blocks given back since the start
    uint64_t commits;              // times memory was made accessible
    uint64_t decommits;            // times memory was given back to the system
    uint64_t commit_bytes;         // made accessible since the start
    uint64_t decommit_bytes;       // given back to the system since the start
    uint64_t threads;              // threads with a cache
    uint64_t pooled_caches;        // caches of ended threads, kept for new ones
};

// Fills in as much of *stats as the caller's `size`, sizeof *stats, has room
// for: a program and a library of different versions understand each other.
// What this library does not know is zero. False if stats is NULL or size is
// not even that of `version`.
IKYO_API bool ikyo_stats_get(struct ikyo_stats *stats, size_t size);

// Writes all figures as a table to a file descriptor; what cannot be written is lost.
IKYO_API void ikyo_stats_print(int fd);

// Puts all figures into the buffer as one JSON object of numbers, ended by a
// zero byte. Returns the length that it has, or would have in a larger buffer,
// without the zero byte. The buffer may be NULL if size is 0.
IKYO_API size_t ikyo_stats_json(char *buffer, size_t size);

IKYO_END_DECLS

#endif
