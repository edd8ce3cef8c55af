// SPDX-License-Identifier: MIT
// The tables of size classes that are compared.
#ifndef BINS_CLASSES_H
#define BINS_CLASSES_H

#include <stddef.h>
#include <stdint.h>

enum {
    SMALL_MAX = 32768,
    CLASSES_MAX = 128,
    TABLES = 4,
};

struct classes {
    const char *name;
    unsigned count;
    uint32_t size[CLASSES_MAX];
    uint8_t of[SMALL_MAX / 16 + 1]; // by the size in steps of 16 bytes, rounded up
};

// The table of this index, below TABLES; that of the library is the first.
struct classes classes_make(unsigned index);

static inline unsigned classes_find(const struct classes *c, size_t size)
{
    return c->of[(size + 15) / 16];
}

#endif
