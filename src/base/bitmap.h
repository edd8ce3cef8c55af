// SPDX-License-Identifier: MIT
// Ranges of bits in an array of 64-bit words. The caller holds whatever lock
// guards the words.
#ifndef BASE_BITMAP_H
#define BASE_BITMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline uint64_t bitmap_mask(size_t low, size_t count)
{
    return (count == 64 ? ~(uint64_t)0 : (((uint64_t)1 << count) - 1)) << low;
}

static inline bool bitmap_test(const uint64_t *words, size_t bit)
{
    return words[bit / 64] >> (bit % 64) & 1;
}

// The compiler's builtin is a call where no instruction may be assumed.
static inline unsigned bitmap_ones(uint64_t word)
{
    word -= word >> 1 & 0x5555555555555555;
    word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
    return (unsigned)(((word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f) * 0x0101010101010101 >> 56);
}

static inline void bitmap_set(uint64_t *words, size_t first, size_t count)
{
    while (count > 0) {
        size_t low = first % 64;
        size_t n = 64 - low < count ? 64 - low : count;

        words[first / 64] |= bitmap_mask(low, n);
        first += n;
        count -= n;
    }
}

static inline void bitmap_clear(uint64_t *words, size_t first, size_t count)
{
    while (count > 0) {
        size_t low = first % 64;
        size_t n = 64 - low < count ? 64 - low : count;

        words[first / 64] &= ~bitmap_mask(low, n);
        first += n;
        count -= n;
    }
}

static inline size_t bitmap_count(const uint64_t *words, size_t first, size_t count)
{
    size_t ones = 0;

    while (count > 0) {
        size_t low = first % 64;
        size_t n = 64 - low < count ? 64 - low : count;

        ones += bitmap_ones(words[first / 64] & bitmap_mask(low, n));
        first += n;
        count -= n;
    }
    return ones;
}

// The first bit at or above `first` and below `end` whose value is `value`; `end` if none.
static inline size_t bitmap_find(const uint64_t *words, size_t first, size_t end, bool value)
{
    while (first < end) {
        uint64_t word = value ? words[first / 64] : ~words[first / 64];

        word >>= first % 64;
        if (word != 0) {
            first += (size_t)__builtin_ctzll(word);
            return first < end ? first : end;
        }
        first = (first | 63) + 1;
    }
    return end;
}

// How many bits directly below `end` are set in a row.
static inline size_t bitmap_set_below(const uint64_t *words, size_t end)
{
    size_t first = end;

    while (first > 0) {
        size_t low = (first - 1) % 64;
        uint64_t clear = ~words[(first - 1) / 64] << (63 - low);

        if (clear != 0) {
            first -= (size_t)__builtin_clzll(clear);
            break;
        }
        first -= low + 1;
    }
    return end - first;
}

#endif
