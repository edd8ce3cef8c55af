// SPDX-License-Identifier: MIT
// Rows that were found already, by place: most calls come from few places, and to follow the
// tables takes ten times as long as to look here.
//
// A cache of one entry a slot, without locks. What it says of a library that was unloaded may
// be taken for true of the next one there: so nothing must depend on a row being right.
//
// Layer: debug. Above: cfi. Below: cfi_run.
#ifndef DEBUG_CFI_ROWS_H
#define DEBUG_CFI_ROWS_H

#include "debug/cfi_run.h"

#include <stdbool.h>
#include <stdint.h>

// The row of a place in the image that has this table. False: it is not here.
bool cfi_rows_get(const void *table, uintptr_t place, struct cfi_row *row);

// Keeps it, if it is of the usual kind.
void cfi_rows_put(const void *table, uintptr_t place, const struct cfi_row *row);

#endif
