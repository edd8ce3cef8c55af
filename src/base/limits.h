// SPDX-License-Identifier: MIT
// The sizes the whole allocator is built on, in one place.
//
//   granule  4 KiB   what the free and dirty bitmaps count; runs are whole granules
//   unit    16 KiB   one descriptor; slabs are 1 to 10 units
//   chunk    2 MiB   what a region makes accessible at a time
//   slot     1 GiB   address range whose descriptors stand in one table
//
// The page size is known at run time only (vm_page_size()); where it is larger
// than a granule every run and slab is rounded up to whole pages.
// A build with IKYO_TINY makes the limits so small that rare paths are common.
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <stddef.h>

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define GIB ((size_t)1 << 30)

enum {
    BLOCK_ALIGNMENT = 16,
    CACHE_LINE = 64,
    GRANULE_SHIFT = 12,
    UNIT_SHIFT = 14,
    SLOT_SHIFT = 30,
    ADDRESS_BITS = 48, // user space without hints above 47 or 48 bits, on every CPU
    GRANULES_PER_UNIT = 1 << (UNIT_SHIFT - GRANULE_SHIFT),
    UNITS_PER_SLOT = 1 << (SLOT_SHIFT - UNIT_SHIFT),
    GRANULES_PER_SLOT = 1 << (SLOT_SHIFT - GRANULE_SHIFT),
};

#define GRANULE ((size_t)1 << GRANULE_SHIFT)
#define UNIT ((size_t)1 << UNIT_SHIFT)
#define SLOT ((size_t)1 << SLOT_SHIFT)

#ifdef IKYO_TINY
enum {
    CHUNK_SHIFT = 18,
    CARVE_BYTES = 256,     // blocks linked per extension of a slab
    RING_BLOCKS = 2,       // blocks a ring holds before it is sent
    RING_BYTES = 512,      // bytes a ring holds before it is sent
    RINGS_BYTES = 1024,    // bytes all rings of a thread hold before all are sent
    FLUSH_PERIOD = 4,      // misses, at least, between two unconditional flushes
    KEPT_BYTES = 16 << 10, // slabs that a thread keeps current although empty
};
#define FIRST_REGION (512 * KIB)
#define LAST_REGION (8 * MIB)
#define RUN_MAX (256 * KIB)
#else
enum {
    CHUNK_SHIFT = 21,
    CARVE_BYTES = 4096,
    RING_BLOCKS = 64,
    RING_BYTES = 8 << 10,
    RINGS_BYTES = 16 << 10,
    FLUSH_PERIOD = 64,
    KEPT_BYTES = 96 << 10,
};
#define FIRST_REGION (4 * MIB)
#define LAST_REGION GIB
#define RUN_MAX (32 * MIB)
#endif

#define CHUNK ((size_t)1 << CHUNK_SHIFT)

#endif
