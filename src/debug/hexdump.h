// SPDX-License-Identifier: MIT
// Memory as reports show it: rows of 16 bytes, and below a row marks under what is damaged.
//
// Layer: debug. Above: finding_format. Below: base.
#ifndef DEBUG_HEXDUMP_H
#define DEBUG_HEXDUMP_H

#include "base/text.h"
#include "os/compiler.h"

#include <stdbool.h>
#include <stdint.h>

struct span {
    uintptr_t start, end;
};

// Adds the rows of the damage and up to two on each side, a dozen at most, as far as they are
// in `pages`, which can be read.
COLD void hexdump_add(struct text *t, struct span pages, struct span damage, bool color);

#endif
