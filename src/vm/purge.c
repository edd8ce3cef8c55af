// SPDX-License-Identifier: MIT
#include "vm/purge.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/lock.h"
#include "base/option.h"
#include "os/os.h"
#include "vm/charge.h"
#include "vm/extent.h"
#include "vm/vm.h"

enum {
    FLOOR_GROWTH = 256 / 4, // dirty granules below which growth purges nothing
    SHARE_GROWTH = 32,      // dirty part of the used ones that growth leaves
    SHARE_AGE = 8,          // dirty part of the used ones that never ages
    AGE_TO_ALL = 4,         // delays until all goes back, not only half
    LEAST = 64 / 4,         // shortest piece that growth and age purge, in granules
    MOST = 2048 / 4,        // most granules of one system call
};

static size_t last_reuse_ms; // LOCK_EXTENT: when a dirty granule was last taken
static size_t next_age_ms;   // LOCK_EXTENT: before this time nothing ages

// Purges one piece of `least` to `most` granules; returns its length, 0 if there is none.
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
    if (purged)
        charge_note_purge(piece.dirty << GRANULE_SHIFT);
    lock_take(LOCK_EXTENT);
    extent_add(piece.start, piece.granules, !purged);
    lock_give(LOCK_EXTENT);
    return purged ? piece.granules : 0;
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

size_t purge_note_take(size_t clean, size_t dirty)
{
    size_t now = extent_totals.used + extent_totals.dirty;
    size_t share = extent_totals.used / SHARE_GROWTH;

    assert(lock_held(LOCK_EXTENT));
    if (dirty > 0)
        last_reuse_ms = 0; // the clock is read only when something is given back
    if (now <= extent_totals.peak)
        return 0;
    if (clean > 0 && extent_totals.dirty > (share > FLOOR_GROWTH ? share : FLOOR_GROWTH))
        return clean < MOST ? clean : MOST;
    extent_totals.peak = now;
    return 0;
}

size_t purge_note_give(void)
{
    size_t delay = atomic_load_explicit(&options.purge_delay, memory_order_relaxed);
    size_t keep = atomic_load_explicit(&options.trim_threshold, memory_order_relaxed);
    size_t dirty = extent_totals.dirty;
    size_t now;

    assert(lock_held(LOCK_EXTENT));
    if (dirty <= extent_totals.used / SHARE_AGE || dirty <= keep >> GRANULE_SHIFT)
        return 0;
    now = (size_t)os_clock_ms();
    if (last_reuse_ms == 0)
        last_reuse_ms = now;
    if (now - last_reuse_ms < delay || now < next_age_ms)
        return 0;
    next_age_ms = now + delay;
    return now - last_reuse_ms >= delay * AGE_TO_ALL ? dirty : dirty / 2;
}

bool purge_all(size_t keep)
{
    bool some = false;

    for (;;) {
        size_t dirty;

        lock_take(LOCK_EXTENT);
        dirty = extent_totals.dirty;
        extent_totals.peak = extent_totals.used + dirty;
        lock_give(LOCK_EXTENT);
        if (dirty <= keep >> GRANULE_SHIFT || purge_piece(1, MOST) == 0)
            return some;
        some = true;
    }
}
