// SPDX-License-Identifier: MIT
// The slabs of the model: lists of blocks by index, and which pages were written to.
#ifndef BINS_SLAB_H
#define BINS_SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NO_BLOCK UINT16_MAX

enum slab_state { LOOSE, CURRENT, PARTIAL, WAITING };

// `count` and `beyond` are those of src/binned/slab.h.
struct slab {
    unsigned bin, capacity, carved;
    uint32_t block_bytes, units;
    uint32_t count, beyond;
    enum slab_state state;
    bool first; // smaller than slabs of its bin are to be
    bool kept;
    uint64_t written; // a bit for each page
    struct slab *next, *previous;
    uint16_t free;
    uint16_t after[]; // links of the lists
};

struct block_list {
    uint16_t first;
    uint32_t count;
};

// Units of a slab of such blocks; as few as hold one block if it is a first one.
unsigned slab_units(uint32_t block_bytes, size_t unit, bool first);

struct slab *slab_create(unsigned bin, uint32_t block_bytes, size_t unit, bool first);

// Writes to the first bytes of a block; returns how many pages that are new.
unsigned slab_write(struct slab *s, unsigned block, size_t bytes);

// As slab_steal and slab_carve of the library; what carving writes is added to *pages.
struct block_list slab_steal(struct slab *s);
struct block_list slab_carve(struct slab *s, bool all, unsigned *pages);

static inline uint32_t slab_out(const struct slab *s)
{
    return s->count + s->beyond;
}

static inline void slab_set_out(struct slab *s, uint32_t out)
{
    s->count = out;
    s->beyond = 0;
}

static inline void slab_push(struct slab *s, unsigned block)
{
    s->after[block] = s->free;
    s->free = (uint16_t)block;
}

#endif
