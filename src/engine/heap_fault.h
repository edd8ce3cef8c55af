// SPDX-License-Identifier: MIT
// What was done wrong to a heap: telling faults from each other, keeping and reporting them, and
// going on after them.
#ifndef ENGINE_HEAP_FAULT_H
#define ENGINE_HEAP_FAULT_H

#include "engine/heap_tag.h"

// A sum over what never changes of the record. All calls rely on that; those that have the time see
// to it that the heap is sealed: where it is not, its tags must not be looked for.
uint32_t heap_record_seal(const struct ikyo_heap *heap);

static inline bool heap_is_sealed(const struct ikyo_heap *heap)
{
    return heap->seal == heap_record_seal(heap);
}

// Keeps a fault and tells the application. Returns the error. A heap that is not sealed is smashed,
// whatever the fault, and no one is told: the record says who that would be.
enum ikyo_heap_error heap_fail(struct ikyo_heap *heap, enum ikyo_heap_error error,
                               const void *address);

// The same for tags found overwritten: the lowest or, if all are as they should be by now, the
// record of the heap.
void heap_fail_smashed(struct ikyo_heap *heap);

// The lowest tag that was overwritten, or NULL; the heap itself if it is not sealed.
const void *heap_smashed(const struct ikyo_heap *heap);

// What is wrong with an address, which may be any, that is not the one of a live block between
// tags that are as they should be.
struct ikyo_heap_fault heap_diagnose(const struct ikyo_heap *heap, const void *block);

// True for a free or kept block, at a place that may be any, that was written to: its tags are as
// they should be, and what the heap keeps in it is not.
bool heap_is_written(const struct ikyo_heap *heap, uint32_t place);

// Keeps in heap->broken what a link leads to that is not what it should be: a block that was
// written to or, if it was not, the record of the heap or a tag. The caller is to call heap_mend
// before he returns. The first stays: what is missing later may be so only because it lay below
// that one.
void heap_blame(struct ikyo_heap *heap, uint32_t place);

// Finds free and kept blocks again by their tags, and reports what was broken: a free block that
// was written to or, if no such block is there, tags or the record of the heap. Between two smashed
// tags it finds none but around the block at `sound`, whose tags are as they should be; 0: it knows
// none. Where the heap is not sealed it only reports that.
void heap_mend(struct ikyo_heap *heap, uint32_t sound);

#endif
