// SPDX-License-Identifier: MIT
#include "slab.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    PAGE_SHIFT = 12,
    CARVE_BYTES = 4096,
    SLAB_BYTES_MAX = 160 << 10,
    LINK_BYTES = 8,
};

unsigned slab_units(uint32_t block_bytes, size_t unit, bool first)
{
    unsigned units = first ? (unsigned)((block_bytes + unit - 1) / unit) : 1;

    for (; !first && units * unit < SLAB_BYTES_MAX; units++)
        if (units * unit / block_bytes >= 4 && units * unit % block_bytes <= units * unit / 16)
            break;
    return units;
}

struct slab *slab_create(unsigned bin, uint32_t block_bytes, size_t unit, bool first)
{
    unsigned full = slab_units(block_bytes, unit, false);
    unsigned units = first ? slab_units(block_bytes, unit, true) : full;
    unsigned capacity = (unsigned)(units * unit / block_bytes);
    struct slab *s = calloc(1, sizeof(*s) + capacity * sizeof(s->after[0]));

    if (s == NULL) {
        perror("simulate");
        exit(1);
    }
    s->bin = bin;
    s->capacity = capacity;
    s->block_bytes = block_bytes;
    s->units = units;
    s->first = units < full;
    s->free = NO_BLOCK;
    return s;
}

unsigned slab_write(struct slab *s, unsigned block, size_t bytes)
{
    size_t at = (size_t)block * s->block_bytes;
    uint64_t before = s->written;

    for (size_t page = at >> PAGE_SHIFT; page <= (at + bytes - 1) >> PAGE_SHIFT; page++)
        s->written |= (uint64_t)1 << page;
    return (unsigned)__builtin_popcountll(s->written ^ before);
}

static void hand_over(struct slab *s, uint32_t n)
{
    uint32_t before = slab_out(s);

    s->count = n > before ? n : before;
    s->beyond = n > before ? before : n;
}

struct block_list slab_steal(struct slab *s)
{
    struct block_list list = {s->free, s->carved - slab_out(s)};

    s->free = NO_BLOCK;
    hand_over(s, list.count);
    return list;
}

struct block_list slab_carve(struct slab *s, bool all, unsigned *pages)
{
    unsigned most = s->block_bytes >= CARVE_BYTES ? 1 : CARVE_BYTES / s->block_bytes;
    unsigned n = all || s->carved > most ? most : s->carved == 0 ? 1 : s->carved;
    struct block_list list = {(uint16_t)s->carved, 0};

    if (n > s->capacity - s->carved)
        n = s->capacity - s->carved;
    list.count = n;
    for (unsigned i = 0; i < n; i++) {
        *pages += slab_write(s, s->carved, LINK_BYTES);
        s->after[s->carved] = (uint16_t)(i + 1 < n ? s->carved + 1 : NO_BLOCK);
        s->carved++;
    }
    hand_over(s, n);
    return list;
}
