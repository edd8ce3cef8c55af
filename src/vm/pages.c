// SPDX-License-Identifier: MIT
#include "vm/pages.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/lock.h"
#include "vm/directory.h"
#include "vm/extent.h"
#include "vm/purge.h"
#include "vm/region.h"
#include "vm/vm.h"

size_t pages_round(size_t size)
{
    size_t page = vm_page_size();

    return (size + page - 1) & ~(page - 1);
}

// Accounts for what was cut out under LOCK_EXTENT, lets go of the lock and purges
// what the policy then wants purged.
static void taken(const struct extent *e)
{
    size_t excess;

    extent_totals.used += e->granules;
    excess = purge_note_take(e->granules - e->dirty);
    lock_give(LOCK_EXTENT);
    purge_granules(excess);
}

static bool cut(size_t granules, size_t alignment, struct extent *out)
{
    lock_take(LOCK_EXTENT);
    if (!extent_cut(granules, alignment, out)) {
        lock_give(LOCK_EXTENT);
        return false;
    }
    taken(out);
    return true;
}

// One thread grows at a time; those that waited look first whether they need to.
static bool cut_growing(size_t granules, size_t alignment, struct extent *out)
{
    size_t slack = alignment > vm_page_size() ? alignment >> GRANULE_SHIFT : 0;
    bool done;

    lock_take(LOCK_GROW);
    done = cut(granules, alignment, out);
    while (!done && region_grow(granules + slack))
        done = cut(granules, alignment, out);
    lock_give(LOCK_GROW);
    return done;
}

char *pages_take(size_t size, size_t alignment, bool *zero)
{
    size_t granules = size >> GRANULE_SHIFT;
    struct extent e;

    assert(size > 0 && (size & (vm_page_size() - 1)) == 0);
    if (!cut(granules, alignment, &e) && !cut_growing(granules, alignment, &e))
        return NULL;
    *zero = e.dirty == 0;
    return e.start;
}

bool pages_take_behind(char *start, size_t size, bool *zero)
{
    struct extent e;

    // Nothing crosses a slot: bitmaps and descriptors of two are apart.
    if (granule_index(start) == 0 || desc_of(start) == NULL)
        return false;
    lock_take(LOCK_EXTENT);
    if (!extent_cut_at(start, size >> GRANULE_SHIFT, &e)) {
        lock_give(LOCK_EXTENT);
        return false;
    }
    taken(&e);
    *zero = e.dirty == 0;
    return true;
}

void pages_give(char *start, size_t size, bool clean)
{
    size_t granules = size >> GRANULE_SHIFT;
    size_t aged;

    lock_take(LOCK_EXTENT);
    extent_totals.used -= granules;
    extent_add(start, granules, !clean);
    aged = purge_note_give();
    lock_give(LOCK_EXTENT);
    purge_granules(aged);
}

bool pages_have_dirty(size_t size)
{
    bool have;

    lock_take(LOCK_EXTENT);
    have = extent_totals.dirty >= size >> GRANULE_SHIFT;
    lock_give(LOCK_EXTENT);
    return have;
}

bool pages_are_free(const void *p)
{
    bool is_free;

    lock_take(LOCK_EXTENT);
    is_free = extent_holds(p);
    lock_give(LOCK_EXTENT);
    return is_free;
}
