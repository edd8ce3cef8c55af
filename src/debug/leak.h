// SPDX-License-Identifier: MIT
// The report of memory that was not freed, for check=full.
//
// A block is lost if no pointer to it is left in the process, see reach.h. Where other
// threads run, or the system does not let us look, what was not found is possibly lost. The
// static variables of this library are searched like those of the program, because they
// cannot be told apart in a static one: no pointer to a live block may be kept in them.
//
// Layer: debug. Above: checked.c, api. Below: leak_format, reach.
#ifndef DEBUG_LEAK_H
#define DEBUG_LEAK_H

#include "base/call.h"

#include <stddef.h>

// Writes what was not freed, in the format that options.report_format says: amounts by the
// place of their allocation, lost ones first and the largest of them first, and the totals.
// For CALL_EXIT what is still reachable is in the totals only, nothing is written if there is
// nothing else, and the callback of base/report.h gets it too. Returns how many blocks are
// lost or possibly lost. Holds LOCK_RECORD while it searches, does not allocate, and
// preserves errno.
size_t leak_report(int fd, enum call call);

#endif
