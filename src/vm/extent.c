// SPDX-License-Identifier: MIT
#include "vm/extent.h"

#include "base/bitmap.h"
#include "base/check.h"
#include "base/lock.h"
#include "vm/directory.h"
#include "vm/vm.h"

enum {
    CLASSES = (SLOT_SHIFT - GRANULE_SHIFT - 2) * 8 + 1,
    CLASS_WORDS = (CLASSES + 63) / 64,
    CANDIDATES = 8, // extents of one class that are looked at before a longer class is taken
};

enum set { DIRTY, CLEAN, SETS };

struct extent_totals extent_totals;

static struct desc *heads[SETS][CLASSES];
static uint64_t nonempty[SETS][CLASS_WORDS];

// Lengths below 8 have a class each, from there 8 classes share a doubling.
static size_t class_of(size_t granules)
{
    size_t top;

    if (granules < 8)
        return granules;
    top = 63 - (size_t)__builtin_clzll(granules);
    return (top - 2) * 8 + (granules >> (top - 3) & 7);
}

static enum set set_of(const struct desc *d)
{
    return d->dirty > 0 ? DIRTY : CLEAN;
}

static void link_extent(struct desc *d)
{
    enum set set = set_of(d);
    size_t class = class_of(d->granules);

    d->prev = NULL;
    d->next = heads[set][class];
    if (d->next != NULL)
        d->next->prev = d;
    heads[set][class] = d;
    bitmap_set(nonempty[set], class, 1);
}

static void unlink_extent(struct desc *d)
{
    enum set set = set_of(d);
    size_t class = class_of(d->granules);

    if (d->prev != NULL)
        d->prev->next = d->next;
    else
        heads[set][class] = d->next;
    if (d->next != NULL)
        d->next->prev = d->prev;
    if (heads[set][class] == NULL)
        bitmap_clear(nonempty[set], class, 1);
    desc_set_kind(d, KIND_NONE);
}

static void index_extent(char *start, size_t granules, size_t dirty)
{
    struct desc *d;

    if (granules < GRANULES_PER_UNIT)
        return;
    d = desc_at(start);
    assert(atomic_load_explicit(&d->owner, memory_order_relaxed) == NULL);
    d->base = start;
    d->granules = (uint32_t)granules;
    d->dirty = (uint32_t)dirty;
    desc_set_kind(d, KIND_EXTENT);
    link_extent(d);
}

static char *granule_address(const char *in_slot, size_t granule)
{
    return (char *)((untag(in_slot) & ~(SLOT - 1)) + (granule << GRANULE_SHIFT));
}

void extent_add(char *start, size_t granules, bool dirty)
{
    struct granule_map *map = granule_map_of(start);
    size_t first = granule_index(start);
    size_t end = first + granules;
    size_t below = bitmap_set_below(map->free, first);
    size_t above = bitmap_find(map->free, end, GRANULES_PER_SLOT, false) - end;
    size_t dirty_count;

    assert(lock_held(LOCK_EXTENT));
    assert(((untag(start) | granules << GRANULE_SHIFT) & (vm_page_size() - 1)) == 0);
    assert(bitmap_count(map->free, first, granules) == 0);
    if (below >= GRANULES_PER_UNIT)
        unlink_extent(desc_at(granule_address(start, first - below)));
    if (above >= GRANULES_PER_UNIT)
        unlink_extent(desc_at(granule_address(start, end)));
    bitmap_set(map->free, first, granules);
    if (dirty) {
        bitmap_set(map->dirty, first, granules);
        extent_totals.dirty += granules;
    } else {
        extent_totals.clean += granules;
    }
    dirty_count = bitmap_count(map->dirty, first - below, below + granules + above);
    index_extent(granule_address(start, first - below), below + granules + above, dirty_count);
}

// Clears the bits of a range and accounts for it.
static void remove_granules(struct granule_map *map, char *start, size_t granules,
                            struct extent *out)
{
    size_t first = granule_index(start);

    assert(((untag(start) | granules << GRANULE_SHIFT) & (vm_page_size() - 1)) == 0);
    out->start = start;
    out->granules = granules;
    out->dirty = bitmap_count(map->dirty, first, granules);
    bitmap_clear(map->free, first, granules);
    bitmap_clear(map->dirty, first, granules);
    extent_totals.dirty -= out->dirty;
    extent_totals.clean -= granules - out->dirty;
}

// Takes [start, start + granules) out of the extent d, which holds it.
static void cut(struct desc *d, char *start, size_t granules, struct extent *out)
{
    struct granule_map *map = granule_map_of(start);
    char *base = d->base;
    size_t length = d->granules;
    size_t dirty = d->dirty;
    size_t before = (size_t)(start - base) >> GRANULE_SHIFT;
    size_t after = length - before - granules;
    size_t dirty_before =
        dirty == 0 ? 0 : bitmap_count(map->dirty, granule_index(base), before);

    unlink_extent(d);
    remove_granules(map, start, granules, out);
    index_extent(base, before, dirty_before);
    index_extent(start + (granules << GRANULE_SHIFT), after, dirty - out->dirty - dirty_before);
}

// Where in d the range may start: at the end with more dirty granules. NULL: nowhere.
static char *fit(const struct desc *d, size_t granules, size_t alignment)
{
    size_t size = granules << GRANULE_SHIFT;
    char *end = d->base + ((size_t)d->granules << GRANULE_SHIFT);
    char *low = d->base + (-(uintptr_t)d->base & (alignment - 1));
    char *high;
    const uint64_t *dirty;

    if (low > end || (size_t)(end - low) < size)
        return NULL;
    if (d->dirty == 0 || d->dirty == d->granules)
        return low;
    high = end - size;
    high -= (uintptr_t)high & (alignment - 1);
    dirty = granule_map_of(low)->dirty;
    return bitmap_count(dirty, granule_index(high), granules) >
                   bitmap_count(dirty, granule_index(low), granules)
               ? high
               : low;
}

static bool cut_from_set(enum set set, size_t granules, size_t alignment, struct extent *out)
{
    size_t class = class_of(granules);

    for (;;) {
        struct desc *d;
        int left = CANDIDATES;

        class = bitmap_find(nonempty[set], class, CLASSES, true);
        if (class == CLASSES)
            return false;
        for (d = heads[set][class]; d != NULL && left > 0; d = d->next, left--) {
            char *start = fit(d, granules, alignment);

            if (start != NULL) {
                cut(d, start, granules, out);
                return true;
            }
        }
        class++;
    }
}

bool extent_cut(size_t granules, size_t alignment, struct extent *out)
{
    assert(lock_held(LOCK_EXTENT));
    assert(granules >= GRANULES_PER_UNIT);
    return cut_from_set(DIRTY, granules, alignment, out) ||
           cut_from_set(CLEAN, granules, alignment, out);
}

bool extent_cut_at(char *start, size_t granules, struct extent *out)
{
    struct granule_map *map = granule_map_of(start);
    size_t first = granule_index(start);
    size_t below, end;

    assert(lock_held(LOCK_EXTENT));
    if (first + granules > GRANULES_PER_SLOT ||
        bitmap_count(map->free, first, granules) != granules)
        return false;
    below = bitmap_set_below(map->free, first);
    end = bitmap_find(map->free, first + granules, GRANULES_PER_SLOT, false);
    if (end - first + below < GRANULES_PER_UNIT) {
        // Too short to be indexed: only its bits say that it is there.
        remove_granules(map, start, granules, out);
        return true;
    }
    cut(desc_at(granule_address(start, first - below)), start, granules, out);
    return true;
}

bool extent_cut_dirty(size_t least, size_t most, struct extent *out)
{
    size_t page = vm_page_size() >> GRANULE_SHIFT;
    size_t class = CLASSES;

    assert(lock_held(LOCK_EXTENT));
    while (class-- > 0) {
        struct desc *d = heads[DIRTY][class];
        size_t first, start, length;

        if (d == NULL)
            continue;
        if (d->granules < least)
            return false;
        start = granule_index(d->base);
        length = d->granules;
        first = bitmap_find(granule_map_of(d->base)->dirty, start, start + length, true);
        length -= first - start;
        if (length > most)
            length = most + (-most & (page - 1));
        cut(d, granule_address(d->base, first), length, out);
        return true;
    }
    return false;
}

bool extent_holds(const void *p)
{
    assert(lock_held(LOCK_EXTENT));
    return bitmap_test(granule_map_of(p)->free, granule_index(p));
}
