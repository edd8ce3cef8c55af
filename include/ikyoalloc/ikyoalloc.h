// SPDX-License-Identifier: MIT
// The whole public interface of ikyoalloc, beyond malloc and its family; but for tagged.h, which
// gives malloc another meaning and is included by itself. The calls below are for any thread, not
// for signal handlers, and leave `errno` unspecified.
#ifndef IKYOALLOC_IKYOALLOC_H
#define IKYOALLOC_IKYOALLOC_H

#include "ikyoalloc/allocator.h"
#include "ikyoalloc/arena.h"
#include "ikyoalloc/base.h"
#include "ikyoalloc/buffer.h"
#include "ikyoalloc/debug.h"
#include "ikyoalloc/heap.h"
#include "ikyoalloc/pool.h"
#include "ikyoalloc/scope.h"
#include "ikyoalloc/space.h"
#include "ikyoalloc/stats.h"
#include "ikyoalloc/vm.h"

#include <stdbool.h>

IKYO_BEGIN_DECLS

#define IKYO_VERSION_MAJOR 0
#define IKYO_VERSION_MINOR 1
#define IKYO_VERSION_PATCH 0

// The version of the library in use, not of this header: "0.1.0". Static.
IKYO_API const char *ikyo_version(void);

// Sets an option of docs/options.md that may change while the program runs,
// as IKYO_OPTIONS would: ikyo_option_set("purge_delay", "1s"). False, and nothing has
// changed, if the name is unknown or fixed at the start, or the value is not understood.
IKYO_API bool ikyo_option_set(const char *name, const char *value);

// Has handler(level, context) called when the system refuses memory, before
// the allocator gives up: free what you can. `level` rises from 1 with every
// further attempt for one request. The handler runs in the thread that asked,
// may free and allocate, and is not called again for requests of its own, nor for
// those of other threads while it runs. NULL takes the handler away. The last one set
// is the only one: the one before does not run any more when this returns, unless it
// is what calls it.
IKYO_API void ikyo_set_pressure_handler(void (*handler)(int level, void *context), void *context);

// Gives the free memory that the calling thread caches back to all: other threads may
// use it, and the system has it when it ages. Takes a time that grows with what is cached.
IKYO_API void ikyo_flush_thread(void);

// The same for every thread: the caller's cache now, the others' the next time
// their threads allocate or free on the slow path.
IKYO_API void ikyo_flush_all(void);

IKYO_END_DECLS

#endif
