// SPDX-License-Identifier: MIT
// The sizes of src/base/limits.h for a world of a dozen units of 256 bytes, in which
// a slab has 2, 4 or 16 blocks and every rare path is a few calls away. It stands
// before src in the include path of the model.
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <stddef.h>

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define GIB ((size_t)1 << 30)

enum {
    BLOCK_ALIGNMENT = 16,
    CACHE_LINE = 64,
    GRANULE_SHIFT = 8,
    UNIT_SHIFT = 8,
    SLOT_SHIFT = 38,
    ADDRESS_BITS = 48,
    GRANULES_PER_UNIT = 1 << (UNIT_SHIFT - GRANULE_SHIFT),
    UNITS_PER_SLOT = 1 << (SLOT_SHIFT - UNIT_SHIFT),
    GRANULES_PER_SLOT = 1 << (SLOT_SHIFT - GRANULE_SHIFT),
    CHUNK_SHIFT = 12,
    CARVE_BYTES = 128,
    RING_BLOCKS = 2,
    RING_BYTES = 256,
    RINGS_BYTES = 256,
    FLUSH_PERIOD = 4,
    KEPT_BYTES = 256,
};

#define GRANULE ((size_t)1 << GRANULE_SHIFT)
#define UNIT ((size_t)1 << UNIT_SHIFT)
#define SLOT ((size_t)1 << SLOT_SHIFT)
#define CHUNK ((size_t)1 << CHUNK_SHIFT)
#define FIRST_REGION CHUNK
#define LAST_REGION CHUNK
#define RUN_MAX CHUNK

#endif
