// SPDX-License-Identifier: MIT
#include "vm/purge.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/lock.h"
#include "base/option.h"
#include "os/os.h"
#include "vm/charge.h"
#include "vm/extent.h"
#include "vm/region.h"
#include "vm/vm.h"

enum {
    FLOOR_GROWTH = 256 / 4, // dirty granules below which growth purges nothing
    SHARE_GROWTH = 2,       // dirty part of the used ones that growth leaves
    SHARE_AGE = 8,          // dirty part of the used ones that never ages
    ALL_BELOW = 1024 / 4,   // fewer granules than this age at once, not by half
    LEAST = 64 / 4,         // shortest piece that growth and age purge, in granules
    MOST = 2048 / 4,        // most granules of one system call
};

static size_t low_water;         // LOCK_EXTENT: fewest dirty granules there were in this period
static _Atomic(size_t) ends_ms;   // when the period ends; 0 while none runs

// Purges one piece of `least` to `most` granules. Returns how many of them were
// dirty, 0 if there is no such piece.
static size_t purge_piece(size_t least, size_t most)
{
    struct extent piece;
    bool purged;

    lock_take(LOCK_EXTENT);
    if (!extent_cut_dirty(least, most, &piece)) {
        lock_give(LOCK_EXTENT);
        return 0;
    }
    lock_give(LOCK_EXTENT);
    purged = vm_purge(piece.start, piece.granules << GRANULE_SHIFT);
    if (purged) {
        charge_note_purge(piece.dirty << GRANULE_SHIFT);
        region_end_huge(piece.start);
    }
    lock_take(LOCK_EXTENT);
    extent_add(piece.start, piece.granules, !purged);
    lock_give(LOCK_EXTENT);
    return purged ? piece.dirty : 0;
}

void purge_granules(size_t count)
{
    while (count > 0) {
        size_t done = purge_piece(LEAST, count < LEAST ? LEAST : count < MOST ? count : MOST);

        if (done == 0)
            return;
        count -= done < count ? done : count;
    }
}

size_t purge_note_take(size_t clean)
{
    size_t now = extent_totals.used + extent_totals.dirty;
    size_t share = extent_totals.used / SHARE_GROWTH;

    assert(lock_held(LOCK_EXTENT));
    if (low_water > extent_totals.dirty)
        low_water = extent_totals.dirty;
    if (now <= extent_totals.peak)
        return 0;
    if (clean > 0 && extent_totals.dirty > (share > FLOOR_GROWTH ? share : FLOOR_GROWTH))
        return clean < MOST ? clean : MOST;
    extent_totals.peak = now;
    return 0;
}

// Granules beyond what may stay, whatever its age.
static size_t over_limit(void)
{
    size_t limit = atomic_load_explicit(&options.cache_limit, memory_order_relaxed);

    limit >>= GRANULE_SHIFT;
    return limit != 0 && extent_totals.dirty > limit ? extent_totals.dirty - limit : 0;
}

static bool worth_ageing(void)
{
    size_t keep = atomic_load_explicit(&options.trim_threshold, memory_order_relaxed);

    return extent_totals.dirty > extent_totals.used / SHARE_AGE &&
           extent_totals.dirty > keep >> GRANULE_SHIFT;
}

// Ends the period: what was not needed in it goes back, half of it if it is much.
static size_t age(size_t now, size_t delay)
{
    size_t keep = atomic_load_explicit(&options.trim_threshold, memory_order_relaxed);
    size_t dirty = extent_totals.dirty;
    size_t idle = low_water < dirty ? low_water : dirty;
    size_t count = idle > ALL_BELOW ? idle / 2 : idle;

    keep >>= GRANULE_SHIFT;
    if (count > dirty - (keep < dirty ? keep : dirty))
        count = dirty - (keep < dirty ? keep : dirty);
    low_water = dirty - count;
    atomic_store_explicit(&ends_ms, worth_ageing() ? now + delay : 0, memory_order_relaxed);
    return count;
}

size_t purge_note_give(void)
{
    size_t delay = atomic_load_explicit(&options.purge_delay, memory_order_relaxed);
    size_t ends = atomic_load_explicit(&ends_ms, memory_order_relaxed);

    assert(lock_held(LOCK_EXTENT));
    if (ends == 0 && worth_ageing()) {
        low_water = extent_totals.dirty;
        ends = (size_t)os_clock_ms() + delay;
        atomic_store_explicit(&ends_ms, ends, memory_order_relaxed);
    }
    if (delay == 0 && worth_ageing())
        return extent_totals.dirty;
    return over_limit();
}

void purge_tick(void)
{
    size_t ends = atomic_load_explicit(&ends_ms, memory_order_relaxed);
    size_t count = 0;
    size_t now;

    if (likely(ends == 0))
        return;
    now = (size_t)os_clock_ms();
    if (now < ends)
        return;
    lock_take(LOCK_EXTENT);
    if (atomic_load_explicit(&ends_ms, memory_order_relaxed) == ends)
        count = age(now, atomic_load_explicit(&options.purge_delay, memory_order_relaxed));
    lock_give(LOCK_EXTENT);
    purge_granules(count);
}

bool purge_all(size_t keep)
{
    bool some = false;
    size_t left;

    lock_take(LOCK_EXTENT);
    left = extent_totals.dirty;
    lock_give(LOCK_EXTENT);
    // What others free meanwhile is theirs to purge.
    while (left > keep >> GRANULE_SHIFT) {
        size_t done = purge_piece(1, MOST);

        if (done == 0)
            break;
        left -= done < left ? done : left;
        some = true;
    }
    lock_take(LOCK_EXTENT);
    extent_totals.peak = extent_totals.used + extent_totals.dirty;
    lock_give(LOCK_EXTENT);
    return some;
}
