// SPDX-License-Identifier: MIT
// The invariants of the free extents, looked up from the outside: the bitmaps say which ranges are
// free, and each range must have the record and the place in a list that extent.h promises.
#include "vm/extent.h"

#include "base/bitmap.h"
#include "base/check.h"
#include "base/lock.h"
#include "vm/directory.h"

enum { HEADS_MAX = 1024 };

struct found {
    size_t dirty, clean; // granules
    size_t indexed;      // extents
    size_t heads;        // extents that are the first of a list
    const struct desc *head[HEADS_MAX];
};

// True when lengths of a and b granules share a list: equal below 8, else equal in their highest
// four bits and in how many follow those.
static bool same_class(size_t a, size_t b)
{
    int rest = a < 8 ? 0 : 60 - __builtin_clzll(a);

    return (a < 8) == (b < 8) && (b < 8 || 60 - __builtin_clzll(b) == rest) &&
           a >> rest == b >> rest;
}

static bool share_list(const struct desc *a, const struct desc *b)
{
    return (a->dirty > 0) == (b->dirty > 0) && same_class(a->granules, b->granules);
}

static void check_links(const struct desc *d, struct found *f)
{
    const struct desc *next = d->next, *prev = d->prev;

    if (next != NULL) {
        assert(desc_kind(next) == KIND_EXTENT);
        assert(next->prev == d);
        assert(share_list(d, next));
    }
    if (prev != NULL) {
        assert(desc_kind(prev) == KIND_EXTENT);
        assert(prev->next == d);
        return;
    }
    for (size_t i = 0; i < f->heads; i++)
        assert(!share_list(d, f->head[i]));
    assert(f->heads < HEADS_MAX);
    f->head[f->heads++] = d;
}

static void check_range(const struct granule_map *map, char *start, size_t granules,
                        struct found *f)
{
    size_t dirty = bitmap_count(map->dirty, granule_index(start), granules);
    const struct desc *d = desc_at(start);

    f->dirty += dirty;
    f->clean += granules - dirty;
    if (granules < GRANULES_PER_UNIT)
        return;
    f->indexed++;
    assert(desc_kind(d) == KIND_EXTENT);
    assert(atomic_load_explicit(&d->owner, memory_order_relaxed) == NULL);
    assert(d->base == start);
    assert(d->granules == granules);
    assert(d->dirty == dirty);
    check_links(d, f);
}

static void check_slot(char *slot, struct found *f)
{
    const struct granule_map *map = granule_map_of(slot);
    size_t first = 0, end = 0;

    for (;; first = end) {
        first = bitmap_find(map->free, first, GRANULES_PER_SLOT, true);
        if (first == GRANULES_PER_SLOT)
            break;
        end = bitmap_find(map->free, first, GRANULES_PER_SLOT, false);
        check_range(map, slot + (first << GRANULE_SHIFT), end - first, f);
    }
    for (size_t i = 0; i < GRANULES_PER_SLOT / 64; i++)
        assert((map->dirty[i] & ~map->free[i]) == 0);
    // A record for which there is no range would be one too many. Beyond the last range there is
    // mostly address space that was never used, and too much of it to be looked at.
    for (size_t unit = 0; unit << (UNIT_SHIFT - GRANULE_SHIFT) < end; unit++)
        f->indexed -= desc_kind(desc_at(slot + (unit << UNIT_SHIFT))) == KIND_EXTENT;
}

void extent_check(void)
{
    static struct found f; // LOCK_EXTENT

    assert(lock_held(LOCK_EXTENT));
    f.dirty = f.clean = f.indexed = f.heads = 0;
    for (size_t i = 0; i < DIRECTORY_SLOTS; i++)
        if (atomic_load_explicit(&directory[i], memory_order_relaxed) != NULL)
            check_slot((char *)(i << SLOT_SHIFT), &f);
    assert(f.indexed == 0);
    assert(extent_totals.dirty == f.dirty);
    assert(extent_totals.clean == f.clean);
}
