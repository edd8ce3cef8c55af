// SPDX-License-Identifier: MIT
// The three kinds of claim in this library; there is no fourth.
//
//   static_assert(x, why)  the compiler can settle it
//   check(x, report)       false only if the application broke something: always on
//   assert(x)              false only if we have a bug: debug builds only
//
// CHECKED is 1 where assert is on, for what an assertion needs to have noted.
// Each check is O(1) and off the hit path. This is the only file that looks at
// NDEBUG, and it must be used instead of <assert.h>, whose assert allocates.
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#include "base/report.h"
#include "os/compiler.h"

#include <assert.h>
#include <stdbool.h>

// True when x holds; otherwise evaluates the call of a report_* function and is
// false. The report may return, so the caller must have a safe way on:
//     if (!check(s->live > 0, report_double_free(call, p))) return;
#define check(x, report) (likely(x) ? true : ((report), false))

#undef assert
#ifdef NDEBUG
#define assert(x) ((void)sizeof(x))
enum { CHECKED = 0 };
#else
#define assert(x) (likely(x) ? (void)0 : report_bug(__FILE__, __LINE__, #x))
enum { CHECKED = 1 };
#endif

#endif
