// SPDX-License-Identifier: MIT
// A heap in memory of the caller: a static array, a shared mapping, a part of a frame.
//
// It never asks the system for anything and keeps all it knows in that memory, as distances
// and not as pointers: processes may map it at different addresses, and 2 KiB are enough.
// Each block costs 8 bytes of tags and is a multiple of 16, at least 32; what the heap keeps of
// itself takes less than 176 bytes and 1/50 of the memory, 1/100 of much memory. Every call below
// takes O(log size) unless it says otherwise, and seldom that: best fit finds and keeps blocks of
// up to 2 KiB in O(1). With first and next fit it is O(log size) mostly, O(size / 1 KiB) at worst.
//
// What it keeps of itself and never changes is sealed: attach, walk, check, stats, join and all
// that deals with faults look at the seal first; blocks are taken and given without a look at it.
//
// Not thread-safe: one call at a time on one heap, which a lock of the caller's sees to. Different
// heaps are independent. All sizes are bytes. `errno` is never changed.
#ifndef IKYOALLOC_HEAP_H
#define IKYOALLOC_HEAP_H

#include "ikyoalloc/allocator.h"
#include "ikyoalloc/base.h"

#include <stdbool.h>
#include <stddef.h>

IKYO_BEGIN_DECLS

struct ikyo_heap;

// Which free block becomes the new one, when several are large enough.
enum ikyo_heap_fit {
    IKYO_HEAP_BEST_FIT,  // the smallest, any of several as small
    IKYO_HEAP_FIRST_FIT, // the one at the lowest address
    IKYO_HEAP_NEXT_FIT   // the first one behind the block given out last
};

enum ikyo_heap_error {
    IKYO_HEAP_OK,
    IKYO_HEAP_NO_MEMORY,       // no free block is large enough
    IKYO_HEAP_BAD_ARGUMENT,    // an alignment that is no power of two, or no heap
    IKYO_HEAP_FOREIGN_POINTER, // where no block of the heap starts
    IKYO_HEAP_DOUBLE_FREE,     // memory that is free already
    IKYO_HEAP_SMASHED,         // tags were overwritten: most likely the block in front was overrun;
                               // or what the heap keeps of itself, at its start, was
    IKYO_HEAP_USED_AFTER_FREE  // a free block was written to; the heap has repaired itself
};

// What went wrong and where: the pointer that was passed, the overwritten tags, the free block
// that was written to, or NULL.
struct ikyo_heap_fault {
    enum ikyo_heap_error error;
    const void *address;
};

// All zero, as for NULL: best fit, free neighbours joined at once, no one is told of faults.
struct ikyo_heap_options {
    enum ikyo_heap_fit fit;
    // Freed blocks of up to 2 KiB, and of up to about 1/32 of the heap, are kept as they are for
    // the next request of their size, in O(1), and joined with their neighbours once a request
    // finds no other memory. Where sizes recur that is faster, and needs no more memory.
    bool defer_joining;
    // Called for each fault, NO_MEMORY and BAD_ARGUMENT among them, when the heap is in order
    // again. It may read the heap but not change it. To be NULL where processes share the heap. Not
    // called once the seal is broken.
    void (*on_fault)(void *context, struct ikyo_heap_fault fault);
    void *context;
};

// Makes a heap of the `size` bytes at `memory`, which stay the caller's and must be there as long
// as the heap is used; there is nothing to destroy. What was in them is lost; blocks of a heap that
// was there before may pass for blocks of this one when they are freed. The heap lies at the first
// multiple of 16. *options is copied; NULL is all zero. NULL for no memory, for less than a
// block needs (256 bytes are enough) or more than 16 GiB, and for an unknown fit. It writes to what
// the heap keeps of itself.
IKYO_API struct ikyo_heap *ikyo_heap_init(void *memory, size_t size,
                                          const struct ikyo_heap_options *options);

// The heap that another process made of the same `size` bytes, which may be at another `memory`
// here. NULL if there is none, or its seal is broken. O(1).
IKYO_API struct ikyo_heap *ikyo_heap_attach(void *memory, size_t size);

// A block of at least `size` bytes at a multiple of 16, its contents undefined; a size of 0 is
// a block of its own. NULL on failure: ikyo_heap_last_fault knows why.
IKYO_API void *ikyo_heap_alloc(struct ikyo_heap *heap, size_t size);

// The same at a multiple of `alignment`, any power of two. Above 16 it takes a free block that
// is larger by alignment + 16 bytes, of which the rest is free again. Where processes
// map the heap at different addresses, alignments above the page are those of one of them.
IKYO_API void *ikyo_heap_alloc_aligned(struct ikyo_heap *heap, size_t size, size_t alignment);

// Gives a block back; NULL is ignored. Anything but OK leaves the heap as it was: a block beside
// smashed tags stays live. Faults take O(blocks) to tell from each other. Where tags were smashed
// in two places, free memory between them may be lost.
IKYO_API enum ikyo_heap_error ikyo_heap_free(struct ikyo_heap *heap, void *block);

// Resizes a block: where it is when it shrinks or free memory follows, else by a copy, at a
// multiple of 16. Of the contents the smaller of both sizes stays. A NULL block is a new one; a
// size of 0 is a small block. NULL on failure: the block then is as before.
IKYO_API void *ikyo_heap_realloc(struct ikyo_heap *heap, void *block, size_t size);

// The bytes that may be used of a live block, at least as many as were asked for. 0 for all else.
IKYO_API size_t ikyo_heap_usable_size(struct ikyo_heap *heap, const void *block);

// Joins all blocks that are kept with `defer_joining`, for a quiet moment. O(blocks kept).
IKYO_API void ikyo_heap_join(struct ikyo_heap *heap);

enum ikyo_heap_state {
    IKYO_HEAP_FREE,
    IKYO_HEAP_LIVE,
    IKYO_HEAP_KEPT // freed, not yet joined with its neighbours
};

struct ikyo_heap_block {
    const void *address;
    size_t size; // bytes without tags
    enum ikyo_heap_state state;
};

// Calls visit(context, block) for every block, free or not, by rising address, until it answers
// false. `visit` must not change the heap. The first smashed tags end the walk as well and are
// what is returned; else it is IKYO_HEAP_OK. O(blocks).
IKYO_API struct ikyo_heap_fault
ikyo_heap_walk(const struct ikyo_heap *heap,
               bool (*visit)(void *context, const struct ikyo_heap_block *block), void *context);

// Looks at all tags, at all that free blocks are found by, the blocks kept and the counters: what
// is wrong first, or IKYO_HEAP_OK. Changes nothing and tells no one. O(size).
IKYO_API struct ikyo_heap_fault ikyo_heap_check(const struct ikyo_heap *heap);

// All in bytes but the counts; bytes of blocks are those without tags.
struct ikyo_heap_figures {
    size_t size;            // all of the heap, with its tags and its own record
    size_t used;            // in live blocks, as rounded
    size_t peak;            // the most that `used` has been
    size_t free;            // in free blocks
    size_t kept;            // in blocks not yet joined
    size_t largest_free;    // a request of so many bytes succeeds
    size_t live_blocks;     // a count
    size_t free_blocks;     // a count
    size_t kept_blocks;     // a count
    unsigned fragmentation; // percent of `free` that is not in the largest free block
};

// All zero for no heap and for a broken seal. With first and next fit a step for each KiB of the
// heap, for `largest_free`.
IKYO_API struct ikyo_heap_figures ikyo_heap_stats(const struct ikyo_heap *heap);

// The last fault of any call on the heap, found in passing or returned; OK if there was none, and
// BAD_ARGUMENT for no heap.
IKYO_API struct ikyo_heap_fault ikyo_heap_last_fault(const struct ikyo_heap *heap);

// A short English sentence without a full stop; never NULL. Static.
IKYO_API const char *ikyo_heap_error_text(enum ikyo_heap_error error);

// The heap behind the common interface. Faults of its deallocate are told to `on_fault` and by
// ikyo_heap_last_fault alone.
IKYO_API struct ikyo_allocator ikyo_heap_allocator(struct ikyo_heap *heap);

IKYO_END_DECLS

#endif
