// SPDX-License-Identifier: MIT
// The thread cache of the model: src/tls/magazine.c for one thread, without its memory.
#ifndef BINS_CACHE_H
#define BINS_CACHE_H

#include "classes.h"
#include "slab.h"

struct bin {
    struct slab *current;
    struct slab *partial, *partial_end;
    uint16_t magazine;
    unsigned cycles, borrowed;
};

struct cache {
    const struct classes *classes;
    size_t unit; // bytes
    struct bin bins[CLASSES_MAX];
    unsigned kept_units;
    size_t resident; // bytes of pages that were written to, and of descriptors
    size_t created;  // slabs ever
};

void cache_init(struct cache *c, const struct classes *classes, size_t unit);

// A block for the bin, maybe one of the bins above it.
struct slab *cache_take(struct cache *c, unsigned bin, bool may_borrow, unsigned *index);

// Frees a block; the slab may be gone then.
void cache_give(struct cache *c, struct slab *s, unsigned index);

// The program writes to the first bytes of a block.
void cache_write(struct cache *c, struct slab *s, unsigned index, size_t bytes);

#endif
