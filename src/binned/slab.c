// SPDX-License-Identifier: MIT
#include "binned/slab.h"

#include "base/check.h"

struct desc *slab_create(char *base, unsigned bin, unsigned units, bool zero)
{
    struct desc *d = desc_at(base);

    d->free = NULL;
    slab_set_out(d, 0);
    d->carved = 0;
    d->capacity = (uint16_t)(((size_t)units << UNIT_SHIFT) / bin_size(bin));
    d->base = base;
    d->bin = (uint8_t)bin;
    d->state = SLAB_LOOSE;
    d->first = 0;
    d->recycles = 0;
    d->fresh = 0;
    d->zero = zero;
    d->kept = 0;
    d->units = (uint8_t)units;
    d->position = 0;
    d->space = 0;
    for (unsigned i = 1; i < units; i++) {
        d[i].position = (uint8_t)i;
        desc_set_kind(&d[i], KIND_MEMBER);
    }
    desc_set_kind(d, KIND_SLAB);
    return d;
}

void slab_destroy(struct desc *d)
{
    for (unsigned i = 1; i < d->units; i++)
        desc_set_kind(&d[i], KIND_NONE);
    desc_set_kind(d, KIND_FREED);
    atomic_store_explicit(&d->owner, NULL, memory_order_relaxed);
}

struct block_list slab_carve(struct desc *d, bool all)
{
    size_t size = bin_size(d->bin);
    uint32_t most = size >= CARVE_BYTES ? 1 : (uint32_t)(CARVE_BYTES / size);
    uint32_t n = all || d->carved > most ? most : d->carved == 0 ? 1 : d->carved;
    uint32_t left = (uint32_t)d->capacity - d->carved;
    char *first = d->base + d->carved * size;
    struct block *b = (struct block *)first;

    if (n > left)
        n = left;
    for (uint32_t i = 1; i < n; i++) {
        b->next = (struct block *)((char *)b + size);
        b = b->next;
    }
    b->next = NULL;
    d->carved = (uint16_t)(d->carved + n);
    slab_hand_over(d, n);
    return (struct block_list){(struct block *)first, n};
}

void slab_check(const struct desc *d)
{
    uint32_t n = 0;

    assert(d->carved <= d->capacity);
    assert(d->capacity == slab_bytes(d) / bin_size(d->bin));
    assert(slab_free_count(d) <= d->carved);
    for (const struct block *b = d->free; b != NULL; b = b->next, n++) {
        assert(slab_is_block(d, b));
        assert((size_t)((const char *)b - d->base) < d->carved * bin_size(d->bin));
        assert(n < d->carved);
    }
    assert(n == slab_free_count(d));
    (void)n;
}
