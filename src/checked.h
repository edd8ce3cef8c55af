// SPDX-License-Identifier: MIT
// malloc, free and all others in the modes hardened and full: every call looks closely.
//
// The hit paths of alloc.h miss always, because the threads' caches seem empty. A block
// is a plain one with room for a tag (debug/tag.h). When it is given back it is checked,
// overwritten and held back for a while (debug/quarantine.h); when it goes out again it is
// looked at once more. Full also keeps a record of each block (debug/record.h), with the
// call stacks, and looks at the blocks on both sides.
//
// What is found is reported (debug/finding.h). Where a report returns, options.on_error
// being warn or ignore, the call goes on as well as it can: what is broken beyond use is
// never handed out again.
//
// Above: alloc, resize, new, api. Below: route, find, debug.
#ifndef CHECKED_H
#define CHECKED_H

#include "base/call.h"
#include "base/option.h"
#include "os/compiler.h"
#include "vm/directory.h"

#include <stdbool.h>
#include <stddef.h>

// Known once the options were read; until then no.
ALWAYS_INLINE bool checked_mode(void)
{
    return options.check != CHECK_FAST;
}

// Once, after the options were read.
void checked_start(void);

// The calls, from a place in the source if the application names one, and with what the
// caller of a sized form says of the block: 0 is nothing. All keep errno if they succeed.
struct source;
void *checked_alloc_at(size_t size, size_t alignment, bool zero, enum call call,
                       const struct source *source);
struct ikyo_space;
void *checked_alloc_in(struct ikyo_space *space, size_t size, size_t alignment, bool zero);
void *checked_resize_at(void *p, size_t size, const struct source *source);
void checked_free_told(void *p, size_t size, size_t alignment, enum call call);
size_t checked_usable_size(const void *p);

static inline void *checked_alloc(size_t size, size_t alignment, bool zero, enum call call)
{
    return checked_alloc_at(size, alignment, zero, call, NULL);
}

static inline void *checked_resize(void *p, size_t size)
{
    return checked_resize_at(p, size, NULL);
}

static inline void checked_free(void *p, enum call call)
{
    checked_free_told(p, 0, 0, call);
}

// Whether the next block of a list may go out: somebody may have written over the link that
// leads to it. p may be any pointer, d is the slab that the list is of.
bool checked_may_go_out(const struct desc *d, const void *p);

// Gives back what the calling thread's quarantine holds, looking at each block.
void checked_flush(void);

// Looks at every block that is known: sampled ones; in full all live and all held back
// ones; in hardened all blocks of slabs, as long as no other thread has a cache, else those
// that the caller's quarantine holds. Returns how many findings there were. In hardened no thread
// is past its exit hook meanwhile: it has no cache any more.
size_t checked_look_at_all(enum call call);

#endif
