// SPDX-License-Identifier: MIT
// Sampled guards: about one block in options.sample lies alone between pages that fault.
//
//   | guard | page | guard | page | guard ... page | guard |     SAMPLE_SLOTS pages
//
// A block lies at the start of its page or at the end, by chance; the rest of the page is
// filled, and looked at when the block is freed. The page of a freed block faults until it
// is used again, which comes to the one freed longest ago. Accesses that fault are reported by a
// hook (os/fault.h) that is there from the first such block on. Where that report
// returns, the page is opened and the program goes on; of that block no more accesses are
// reported. With kernels that cannot guard single pages it costs up to 513 mappings.
//
// errno is unspecified after all of it. Layer: debug. Above: route, find. Below: guarded, os.
#ifndef DEBUG_SAMPLE_H
#define DEBUG_SAMPLE_H

#include "base/call.h"
#include "base/option.h"
#include "debug/guarded.h"
#include "os/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Blocks at most, live and freed ones together.
enum { SAMPLE_SLOTS = 256 };

// True when p is on any of these pages: the calls below are for such pointers only.
static inline bool sample_owns(const void *p)
{
    return guarded_owns(p);
}

bool sample_draw(uint64_t handed);

// Whether the next block is to be a sampled one, where `handed` blocks went out since the
// caller asked last: true once in options.sample blocks, on average.
static inline bool sample_wants(uint64_t handed)
{
    return unlikely(options.sample != 0) && sample_draw(handed);
}

// A block that reads zero, of at most a page. malloc gives 1 for the alignment: blocks of
// less than 16 bytes then lie on 8, others on 16. `frame` is as of stack_capture, or NULL for no
// stack. NULL: too large, all slots are live, or no memory; a plain block serves then. The
// caller holds no lock.
void *sample_alloc(size_t size, size_t alignment, enum call call, const void *frame);

// Frees a block. False: it was no live block, and that was reported. What was found besides,
// bytes overwritten beside the block or, but in the mode fast, another family, is reported too.
bool sample_free(void *p, enum call call, const void *frame);

// The size of a live block, as asked for. False: as sample_free; *size says nothing then.
bool sample_size(const void *p, size_t *size, enum call call, const void *frame);

// Looks at the bytes beside all live blocks. Returns how many of them it reported.
size_t sample_check(enum call call, const void *frame);

#endif
