// SPDX-License-Identifier: MIT
// A slab: a few units cut into equal blocks, owned by one thread cache at a time.
//
//   | block 0 | block 1 | ... | block `carved` | never touched ... | tail |
//
// Nothing of ours stands among the blocks but the links of free ones; the record
// is the descriptor of the first unit, those of later units point to it. `free`
// holds what the owner freed; what it allocates from is a list it took away whole
// (its magazine), so that the two never meet in one store-to-load chain.
//
//   count + beyond  blocks out, with the application or in the owner's magazine
//   count           frees until the owner must look: WAITING, until the slab is worth
//                   using again; CURRENT, until a walk along the magazine pays;
//                   else until all came back
//
// Only the owner may call what is declared here, for a slab of its own.
//
// Above: depot (slabs without owner), tls/magazine. Below: vm/pages, bin.
#ifndef BINNED_SLAB_H
#define BINNED_SLAB_H

#include "binned/bin.h"
#include "vm/directory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum slab_state {
    SLAB_LOOSE,   // no owner: all blocks out, or listed in a depot
    SLAB_CURRENT, // the owner's magazine of this bin was filled from it
    SLAB_PARTIAL, // in the owner's list of slabs with free or uncarved blocks
    SLAB_WAITING, // in the owner's list of slabs with too few free blocks as yet
};

// What a steal or a carve brings: a list of `count` blocks, ended by NULL.
struct block_list {
    struct block *first;
    uint32_t count;
};

// Makes a slab of a range of so many units. Not owned yet.
struct desc *slab_create(char *base, unsigned bin, unsigned units, bool zero);

// The slab is nobody's and no more: what is left is a range of free memory.
void slab_destroy(struct desc *d);

// All blocks of `free`, or the next few that were never out. They are out then, and
// `count` is the larger of their number and of the blocks that were out before: by
// then so many were freed that looking at each block of the list costs nothing.
// A carve links up to CARVE_BYTES of blocks; without `all` no more than ever before
// together, so that a slab that few are needed of is soon seen to be empty.
static inline struct block_list slab_steal(struct desc *d);
struct block_list slab_carve(struct desc *d, bool all);

// Once at start, for the checked modes: where the orders begin in which their slabs are
// carved, and the last word of a block that never was out.
void slab_check_mode(uint64_t seed, uint64_t blank_tag);

// A number by chance, as the orders are.
uint32_t slab_draw(void);

// The first block of a new slab, of less than a unit, never goes out: what is written in
// front of the second one breaks the last word of the first. `base` is that second one's.
void slab_keep_watch(struct desc *d);

static inline size_t slab_bytes(const struct desc *d)
{
    return (size_t)d->units << UNIT_SHIFT;
}

static inline char *slab_start(const struct desc *d)
{
    return (char *)((uintptr_t)d->base & ~(UNIT - 1));
}

static inline bool slab_has_uncarved(const struct desc *d)
{
    return d->carved < d->capacity;
}

// Frees after which a slab whose blocks were all out is worth using again.
static inline uint32_t slab_wake_threshold(const struct desc *d)
{
    uint32_t threshold = d->capacity / 8u;

    return threshold < 1 ? 1 : threshold > 32 ? 32 : threshold;
}

static inline uint32_t slab_out_count(const struct desc *d)
{
    return (uint32_t)d->count + d->beyond;
}

// Sets the blocks out, and that the owner need look only when all came back.
static inline void slab_set_out(struct desc *d, uint32_t out)
{
    d->count = (uint16_t)out;
    d->beyond = 0;
}

// Blocks on `free`.
static inline uint32_t slab_free_count(const struct desc *d)
{
    return d->carved - slab_out_count(d);
}

// n more blocks are out, all of them in the owner's magazine.
static inline void slab_hand_over(struct desc *d, uint32_t n)
{
    uint32_t before = slab_out_count(d);

    d->count = (uint16_t)(n > before ? n : before);
    d->beyond = (uint16_t)(n > before ? before : n);
}

static inline struct block_list slab_steal(struct desc *d)
{
    struct block_list list = {d->free, slab_free_count(d)};

    d->free = NULL;
    slab_hand_over(d, list.count);
    return list;
}

// The head of the slab that d is part of. d is a slab or a member.
static inline struct desc *slab_head(struct desc *d)
{
    return d - d->position;
}

// True when p can be read as the start of a block of the slab, though none need start there: what
// a walk along a list asks of each link.
static inline bool slab_may_hold(const struct desc *d, const void *p)
{
    size_t offset = (size_t)((const char *)p - d->base);

    return (offset & (BLOCK_ALIGNMENT - 1)) == 0 &&
           offset < slab_bytes(d) - (size_t)(d->base - slab_start(d));
}

// True when a block of the slab starts at p. Any thread that holds a block of it.
static inline bool slab_is_block(const struct desc *d, const void *p)
{
    const struct bin_divisor *by = &bin_divisors[d->bin];
    size_t offset = (size_t)((const char *)p - d->base);
    uint32_t index = (uint32_t)((uint64_t)(offset >> 4) * by->reciprocal >> 31);

    return offset < slab_bytes(d) && index < d->capacity && index * by->size == offset;
}

// The invariants, for a slab at rest:
//   carved <= capacity == bytes from base to the end / bin_size; 0 <= slab_free_count <= carved
//   |free| == slab_free_count, every link on a block below `carved`
void slab_check(const struct desc *d);

#endif
