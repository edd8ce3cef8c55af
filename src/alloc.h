// SPDX-License-Identifier: MIT
// The hit paths of malloc and free: read this first.
//
//   malloc  size -> bin (one table) -> this thread's magazine -> pop
//   free    address -> descriptor (two loads) -> is its slab mine? -> push
//
// malloc writes nothing but the magazine's head. free writes the block's link and
// one line of the descriptor. Neither knows of locks, atomics, other threads,
// options or statistics: whatever those want, they make the hit miss, by an empty
// magazine or by an owner that does not match. Instructions are counted by a test.
//
// All of it may be called from any thread at any time, from before main until after
// exit. Above: malloc.c and the other entry points. Below: everything.
#ifndef ALLOC_H
#define ALLOC_H

#include "base/call.h"
#include "binned/bin.h"
#include "os/cache_slot.h"
#include "os/compiler.h"
#include "tls/thread_cache.h"
#include "vm/directory.h"

#include <stdbool.h>
#include <stddef.h>

// The rest of malloc: the magazine of this bin is empty. NULL and ENOMEM: no memory.
void *alloc_miss(size_t size, enum call call, unsigned bin);

// Sizes above BIN_SMALL_MAX: one more table, then the same pop; or a run.
void *alloc_medium(size_t size, struct thread_cache *t, enum call call);

// The rest of free: slabs of several units or of other owners, and runs; and what has
// no descriptor: NULL, huge blocks, foreign pointers. Both keep errno.
void free_slow(void *p, struct desc *d, enum call call);
void free_undescribed(void *p, enum call call);

// The hit path of free took a slab's counter to 0, or found p on top of its list.
void free_event(struct desc *d);
void free_twice(void *p, enum call call);

// `call` is what the application called; it is a constant that only a miss looks at.
ALWAYS_INLINE void *alloc_block_for(size_t size, enum call call)
{
    struct thread_cache *t = cache_current();
    struct block *b;
    unsigned bin;

    if (unlikely(size > BIN_SMALL_MAX))
        return alloc_medium(size, t, call);
    bin = bin_of_small[(size + 15) >> 4];
    b = t->head[bin];
    if (unlikely(b == NULL))
        return alloc_miss(size, call, bin);
    t->head[bin] = b->next;
    return b;
}

ALWAYS_INLINE void push_block(struct desc *d, struct block *b, enum call call)
{
    if (unlikely(d->free == b)) {
        free_twice(b, call);
        return;
    }
    b->next = d->free;
    d->free = b;
    if (unlikely(--d->count == 0))
        free_event(d);
}

ALWAYS_INLINE void free_block_for(void *p, enum call call)
{
    struct desc *d = desc_of(p);

    if (unlikely(d == NULL))
        free_undescribed(p, call);
    else if (unlikely(atomic_load_explicit(&d->owner, memory_order_relaxed) != cache_current()))
        free_slow(p, d, call);
    else
        push_block(d, p, call);
}

static inline void *alloc_block(size_t size)
{
    return alloc_block_for(size, CALL_MALLOC);
}

static inline void free_block(void *p)
{
    free_block_for(p, CALL_FREE);
}

// calloc, after count and size are multiplied.
void *alloc_zeroed(size_t size);

// alignment is a power of two.
void *alloc_aligned(size_t alignment, size_t size, enum call call);

// realloc, with glibc's meaning of p == NULL and size == 0.
void *alloc_resize(void *p, size_t size);

// The same for a block that is neither NULL nor to be freed, whatever the mode.
void *alloc_resize_unchecked(void *p, size_t size);

struct found;

// A run or huge block changes its length where it lies or by page tables, one of a space within
// its limit. NULL: it did not, and is as it was.
void *alloc_resize_large(const struct found *f, void *p, size_t size);

// Bytes the application may use in the block at p; 0 for NULL.
size_t alloc_usable_size(const void *p);

// Gives free memory back to the OS, all but `pad` bytes. True if some went back.
bool alloc_trim(size_t pad);

// Gives back what the caller's cache holds; and asks all other threads to.
void alloc_flush_thread(void);
void alloc_flush_all(void);

// A knob was turned that every call must look at (option perturb).
void alloc_options_changed(void);

#endif
