// SPDX-License-Identifier: MIT
// What was done wrong to a heap: telling faults from each other, keeping and reporting them, and
// going on after them.
#ifndef ENGINE_HEAP_FAULT_H
#define ENGINE_HEAP_FAULT_H

#include "engine/heap_tag.h"

// Keeps a fault and tells the application. Returns the error.
enum ikyo_heap_error heap_fail(struct ikyo_heap *heap, enum ikyo_heap_error error,
                               const void *address);

// The lowest tag that was overwritten, or NULL.
const void *heap_smashed(const struct ikyo_heap *heap);

// What is wrong with an address, which may be any, that is not the one of a live block between
// tags that are as they should be.
struct ikyo_heap_fault heap_diagnose(const struct ikyo_heap *heap, const void *block);

// Finds all free and kept blocks again by their tags after one of them was written to, and
// reports that.
void heap_mend(struct ikyo_heap *heap);

#endif
