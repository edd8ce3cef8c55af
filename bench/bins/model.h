// SPDX-License-Identifier: MIT
// What a trace makes of the heap with given classes and slabs.
//
// A page counts from the first write to it until its slab is gone. Written to are the links of
// blocks that are carved, and all the bytes that were asked for. A large block counts in whole
// pages. Threads are taken for one, and dirty pages outside of slabs count for nothing.
#ifndef BINS_MODEL_H
#define BINS_MODEL_H

#include "classes.h"
#include "trace.h"

struct figures {
    size_t heap_peak;  // bytes: pages of slabs, their descriptors and large blocks
    size_t slabs_peak; // the same without large blocks, at a time of its own
    size_t lost;       // at slabs_peak: bytes of blocks that nobody asked for
    size_t slabs;      // ever created
};

// `unit` in bytes, from 16 KiB to 64 KiB; a thread keeps six empty ones, whatever they measure.
struct figures model_run(const struct trace *trace, const struct classes *classes, size_t unit);

#endif
