// SPDX-License-Identifier: MIT
// Large blocks that were freed and are held back behind guards: who uses one is reported.
//
// The first of them installs a hook for accesses that fault (os/fault.h). Where the report
// returns, the block is opened and the program goes on; of that block no more is reported.
//
// Layer: debug. Above: checked_give. Below: run, record, access, os.
#ifndef DEBUG_HELD_H
#define DEBUG_HELD_H

#include "vm/directory.h"

#include <stdbool.h>

// Holds a run back, as run_hold, until held_end. The caller holds no lock.
bool held_begin(struct desc *d);
void held_end(struct desc *d);

#endif
