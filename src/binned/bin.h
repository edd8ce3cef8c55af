// SPDX-License-Identifier: MIT
// Size classes: 16-byte steps to 128 bytes, then 8 classes per doubling up to
// 32 KiB; 72 bins, 5.9 % lost to rounding on average over sizes.
//
// Above: slab, tls. Below: nothing.
#ifndef BINNED_BIN_H
#define BINNED_BIN_H

#include "base/limits.h"
#include "os/compiler.h"

#include <stddef.h>
#include <stdint.h>

enum {
    BIN_COUNT = 72,
    BIN_SMALL_MAX = 1024,  // sizes looked up in steps of 16 bytes; slabs of one unit
    BIN_MAX = 32768,       // sizes looked up in steps of 128 bytes
    SLAB_UNITS_MAX = 10,
};

// Index: size in steps of 16 bytes, rounded up; a size of 0 gets the first bin.
HIDDEN extern const uint8_t bin_of_small[BIN_SMALL_MAX / 16 + 1];
// Index: size in steps of 128 bytes, rounded up; right for sizes above BIN_SMALL_MAX.
HIDDEN extern const uint8_t bin_of_medium[BIN_MAX / 128 + 1];

// The bin of a size up to BIN_MAX.
static inline unsigned bin_of(size_t size)
{
    return size <= BIN_SMALL_MAX ? bin_of_small[(size + 15) >> 4]
                                 : bin_of_medium[(size + 127) >> 7];
}

// Bytes of a block: the largest size whose bin this is.
static inline size_t bin_size(unsigned bin)
{
    unsigned doubling = bin >> 3;

    return doubling == 0 ? ((size_t)bin + 1) << 4
                         : ((size_t)(bin & 7) + 9) << (doubling + 3);
}

// For the quotient of an offset within a slab by the block size without a division:
// (offset / 16 * reciprocal) >> 31, where `reciprocal` is 2^31 over size / 16, rounded up.
struct bin_divisor {
    uint32_t size;
    uint32_t reciprocal;
};
HIDDEN extern const struct bin_divisor bin_divisors[BIN_COUNT];

// Units of a slab: as few as hold 4 blocks and lose at most 1/16 of the slab
// behind the last one, rounded up to whole pages.
unsigned bin_units(unsigned bin, size_t page_size);

// Units of the first slabs that a thread takes for a bin, before it is seen to need
// the bin often: as few as hold a block.
unsigned bin_units_of_first(unsigned bin, size_t page_size);

// The first bin for this size whose blocks all lie on the alignment, a power of
// two up to UNIT, given that slabs start on a unit. BIN_COUNT if there is none.
static inline unsigned bin_of_aligned(size_t size, size_t alignment)
{
    size_t rounded;

    if (size > BIN_MAX || alignment > UNIT)
        return BIN_COUNT;
    // Bin sizes are all the multiples of a power of two between two powers of two. If that
    // step is at least the alignment, every bin will do; else all multiples of the
    // alignment are bins.
    rounded = (size + (size == 0) + alignment - 1) & ~(alignment - 1);
    return rounded <= BIN_MAX ? bin_of(rounded) : BIN_COUNT;
}

#endif
