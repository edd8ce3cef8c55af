// SPDX-License-Identifier: MIT
// What a block of some size would really have room for: its class, or its pages.
#ifndef GOOD_SIZE_H
#define GOOD_SIZE_H

#include "base/limits.h"
#include "binned/bin.h"
#include "os/os.h"

#include <stddef.h>
#include <stdint.h>

static inline size_t good_size(size_t size)
{
    size_t page = os_page_size();
    size_t unit = page > GRANULE ? page : GRANULE;

    if (size <= BIN_MAX)
        return bin_size(bin_of(size));
    return size <= PTRDIFF_MAX ? (size + unit - 1) & ~(unit - 1) : size;
}

#endif
