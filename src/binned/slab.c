// SPDX-License-Identifier: MIT
#include "binned/slab.h"

#include "base/check.h"

#include <string.h>

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

static _Atomic(uint64_t) order; // seed of the orders; races do no harm
static uint64_t blank;          // fixed at start

void slab_check_mode(uint64_t seed, uint64_t blank_tag)
{
    atomic_store_explicit(&order, seed, memory_order_relaxed);
    blank = blank_tag;
}

static uint64_t draw(uint64_t random)
{
    return random * 6364136223846793005u + 1442695040888963407u;
}

uint32_t slab_draw(void)
{
    uint64_t random = draw(atomic_load_explicit(&order, memory_order_relaxed));

    atomic_store_explicit(&order, random, memory_order_relaxed);
    return (uint32_t)(random >> 32);
}

static void write_blank(char *end)
{
    memcpy(end - sizeof(blank), &blank, sizeof(blank));
}

// Links blocks for a slab of the checked modes: each goes to the front or to the end by
// chance, and its last word, where a tag will stand, says that it never was out.
static struct block *link_at_random(char *at, size_t size, uint32_t n)
{
    struct block *first = NULL, *last = NULL;
    uint64_t random = atomic_load_explicit(&order, memory_order_relaxed);

    for (uint32_t i = 0; i < n; i++, at += size) {
        struct block *b = (struct block *)at;

        write_blank(at + size);
        random = draw(random);
        if (first == NULL || random >> 63 != 0) {
            b->next = first;
            first = b;
            if (last == NULL)
                last = b;
        } else {
            b->next = NULL;
            last->next = b;
            last = b;
        }
    }
    atomic_store_explicit(&order, random, memory_order_relaxed);
    return first;
}

void slab_keep_watch(struct desc *d)
{
    d->base += bin_size(d->bin);
    d->capacity--;
    write_blank(d->base);
}

static struct block *link_in_order(char *at, size_t size, uint32_t n)
{
    struct block *first = (struct block *)at, *b = first;

    for (uint32_t i = 1; i < n; i++) {
        b->next = (struct block *)((char *)b + size);
        b = b->next;
    }
    b->next = NULL;
    return first;
}

struct block_list slab_carve(struct desc *d, bool all)
{
    size_t size = bin_size(d->bin);
    uint32_t most = size >= CARVE_BYTES ? 1 : (uint32_t)(CARVE_BYTES / size);
    uint32_t n = all || d->carved > most ? most : d->carved == 0 ? 1 : d->carved;
    uint32_t left = (uint32_t)d->capacity - d->carved;
    char *at = d->base + d->carved * size;
    struct block *first;

    if (n > left)
        n = left;
    first = d->space & SPACE_CHECKED ? link_at_random(at, size, n) : link_in_order(at, size, n);
    d->carved = (uint16_t)(d->carved + n);
    slab_hand_over(d, n);
    return (struct block_list){first, n};
}

void slab_check(const struct desc *d)
{
    uint32_t n = 0;

    assert(d->carved <= d->capacity);
    assert(d->capacity == (size_t)(slab_start(d) + slab_bytes(d) - d->base) / bin_size(d->bin));
    assert(slab_free_count(d) <= d->carved);
    for (const struct block *b = d->free; b != NULL; b = b->next, n++) {
        assert(slab_is_block(d, b));
        assert((size_t)((const char *)b - d->base) < d->carved * bin_size(d->bin));
        assert(n < d->carved);
    }
    assert(n == slab_free_count(d));
    (void)n;
}
