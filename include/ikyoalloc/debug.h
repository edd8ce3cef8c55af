// SPDX-License-Identifier: MIT
// Finding heap bugs from within the program: what IKYO_CHECK=hardened and full offer
// beyond their reports.
//
// Everything may be called from any thread, in any mode, and does what the mode allows: without
// check=full there are no records of blocks, so nothing leaks that could be named. But for the
// last four calls, which are malloc, nothing allocates, and `errno` is kept.
#ifndef IKYOALLOC_DEBUG_H
#define IKYOALLOC_DEBUG_H

#include "ikyoalloc/base.h"

#include <stddef.h>
#include <stdint.h>

IKYO_BEGIN_DECLS

// Looks at every block that is known, live or held back from reuse, and reports each that
// was written to where it should not: in full all blocks of the process, in hardened all
// up to 32 KiB while there is one thread, else those that the calling thread freed lately.
// (No thread that is on its way out, past its destructors, counts; let it end first.)
// Returns the number of findings; with on_error=abort, the default, the first one ends the
// process. Takes a time that grows with the heap; other threads go on, but for those that
// allocate or free in full.
IKYO_API size_t ikyo_check_heap(void);

// Writes the blocks that are live, grouped by where they were allocated, to a file
// descriptor: which are lost, that is in reach of no pointer, and how many are not. Returns
// how many blocks are lost. Needs check=full; writes nothing without it.
IKYO_API size_t ikyo_dump_leaks(int fd);

// Four of the figures of stats.h.
struct ikyo_debug_figures {
    uint64_t allocations; // blocks handed out since the start
    uint64_t frees;       // blocks given back
    uint64_t commits;     // times memory was made accessible
    uint64_t decommits;   // times memory was given back to the system
};

// Works in every mode, as ikyo_stats_get and at the same cost.
IKYO_API void ikyo_debug_counters(struct ikyo_debug_figures *figures);

// Has call(text, length, context) called with each report after it was written and before
// the process is aborted, if it is: for crash reporters. `text` is not ended by a zero byte
// and is gone when the call returns. It runs in the thread that the misuse was noticed in,
// at times within a signal handler; it may allocate unless the heap is what broke. It is
// not called for what a thread finds in its last steps, after its exit hook. NULL takes
// the callback away.
IKYO_API void ikyo_set_error_callback(void (*call)(const char *text, size_t length, void *context),
                                      void *context);

// malloc, calloc, realloc and aligned_alloc, with the place in the source that reports and leaks
// are to name in check=full; without it, no more than these. The texts are not copied, so they
// must live as long as the process may report the block: literals do. With tagged.h the plain names
// call these.
IKYO_API void *ikyo_malloc_at(size_t size, const char *file, int line, const char *function);
IKYO_API void *ikyo_calloc_at(size_t count, size_t size, const char *file, int line,
                              const char *function);
IKYO_API void *ikyo_realloc_at(void *block, size_t size, const char *file, int line,
                               const char *function);
IKYO_API void *ikyo_aligned_alloc_at(size_t alignment, size_t size, const char *file, int line,
                                     const char *function);

IKYO_END_DECLS

#endif
