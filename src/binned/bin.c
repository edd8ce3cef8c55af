// SPDX-License-Identifier: MIT
#include "binned/bin.h"

// n entries of the same bin, and a doubling's eight bins with n entries each.
#define X1(b) b
#define X2(b) X1(b), X1(b)
#define X4(b) X2(b), X2(b)
#define X8(b) X4(b), X4(b)
#define X16(b) X8(b), X8(b)
#define EIGHT(x, b) x(b), x(b + 1), x(b + 2), x(b + 3), x(b + 4), x(b + 5), x(b + 6), x(b + 7)

READ_BY_ALL const uint8_t bin_of_small[BIN_SMALL_MAX / 16 + 1] = {
    0,             // size 0
    EIGHT(X1, 0),  // to 128
    EIGHT(X1, 8),  // to 256
    EIGHT(X2, 16), // to 512
    EIGHT(X4, 24), // to 1024
};

READ_BY_ALL const uint8_t bin_of_medium[BIN_MAX / 128 + 1] = {
    7, 15, 19, 23, 25, 27, 29, 31, 31, // to 1024: not looked up
    EIGHT(X1, 32),                     // to 2048
    EIGHT(X2, 40),                     // to 4096
    EIGHT(X4, 48),                     // to 8192
    EIGHT(X8, 56),                     // to 16384
    EIGHT(X16, 64),                    // to 32768
};

// In steps of 16 bytes the bins of a doubling are 9 to 16 times a power of two.
#define D(steps)                                                                                  \
    {                                                                                             \
        (steps) << 4, (uint32_t)((((uint64_t)1 << 31) + (steps)-1) / (steps))                     \
    }
#define EIGHT_OF(power)                                                                           \
    D(9 * (power)), D(10 * (power)), D(11 * (power)), D(12 * (power)), D(13 * (power)),           \
        D(14 * (power)), D(15 * (power)), D(16 * (power))

READ_BY_ALL const struct bin_divisor bin_divisors[BIN_COUNT] = {
    D(1), D(2), D(3), D(4), D(5), D(6), D(7), D(8), // to 128
    EIGHT_OF(1), EIGHT_OF(2), EIGHT_OF(4), EIGHT_OF(8), EIGHT_OF(16), EIGHT_OF(32), EIGHT_OF(64),
    EIGHT_OF(128),
};

static unsigned units_step(size_t page_size)
{
    return page_size > UNIT ? (unsigned)(page_size >> UNIT_SHIFT) : 1;
}

unsigned bin_units_of_first(unsigned bin, size_t page_size)
{
    unsigned step = units_step(page_size);
    unsigned units = (unsigned)((bin_size(bin) + UNIT - 1) >> UNIT_SHIFT);

    return (units + step - 1) / step * step;
}

unsigned bin_units(unsigned bin, size_t page_size)
{
    size_t size = bin_size(bin);
    unsigned step = units_step(page_size);
    unsigned units = step;

    for (; units < SLAB_UNITS_MAX; units += step) {
        size_t bytes = (size_t)units << UNIT_SHIFT;

        if (bytes / size >= 4 && bytes % size <= bytes / 16)
            break;
    }
    return units;
}
