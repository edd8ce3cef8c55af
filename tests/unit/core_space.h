// SPDX-License-Identifier: MIT
// For the tests of spaces: what they hold and what the process does, each counted on its own.
#ifndef TESTS_UNIT_CORE_SPACE_H
#define TESTS_UNIT_CORE_SPACE_H

#include "alloc.h"
#include "base/lock.h"
#include "base/option.h"
#include "ikyoalloc/ikyoalloc.h"
#include "ikyoalloc/space.h"
#include "init.h"
#include "large/huge.h"
#include "large/run.h"
#include "space.h"
#include "stats.h"
#include "tls/upkeep.h"
#include "vm/extent.h"

#include "core.h"

// One of each: slabs of one unit and of several, runs, a mapping of its own.
static const size_t space_sizes[] = {0,         1,       16,          100,          1000,
                                     1024,      1025,    5000,        BIN_MAX,      BIN_MAX + 1,
                                     100 * KIB, RUN_MAX, RUN_MAX + 1, RUN_MAX + MIB};
enum { SPACE_SIZES = sizeof(space_sizes) / sizeof(space_sizes[0]) };

// Pages that are in use by somebody.
static inline size_t pages_used(void)
{
    size_t granules;

    lock_take(LOCK_EXTENT);
    extent_check();
    granules = extent_totals.used;
    lock_give(LOCK_EXTENT);
    return granules << GRANULE_SHIFT;
}

static inline size_t huge_blocks(void)
{
    struct huge_totals totals;

    huge_totals_get(&totals);
    return totals.blocks;
}

// The places of kept slabs are filled from the first on, with all that the lists have.
static inline void require_kept(const struct ikyo_space *s, size_t count)
{
    size_t bytes = 0;

    for (size_t i = 0; i < SPACE_KEPT; i++) {
        require_equal(s->kept[i] != NULL, i < count);
        if (i >= count)
            continue;
        require(s->kept[i]->kept && find_space(s->kept[i]) == s);
        for (size_t j = 0; j < i; j++)
            require(s->kept[i] != s->kept[j]);
        bytes += slab_bytes(s->kept[i]);
    }
    require_equal(bytes, s->kept_bytes);
}

// The sums of the space are those of its lists; those of the process add up.
static inline void require_sound(struct ikyo_space *s)
{
    size_t out = 0, slab_bytes_now = 0, kept_slabs = 0, small = 0, large = 0;

    for (unsigned bin = 0; bin <= BIN_COUNT; bin++) {
        struct desc *list = bin < BIN_COUNT ? s->partial[bin] : s->full, *d = list;

        if (d == NULL)
            continue;
        do {
            slab_check(d);
            require(find_space(d) == s);
            require(d->next->prev == d);
            require((d->free != NULL || slab_has_uncarved(d)) == (bin < BIN_COUNT));
            require(bin == BIN_COUNT || d->bin == bin);
            require_equal(d->state, bin < BIN_COUNT ? SLAB_PARTIAL : SLAB_LOOSE);
            out += slab_out_count(d);
            small += slab_out_count(d) * bin_size(d->bin);
            slab_bytes_now += slab_bytes(d);
            require_equal(d->kept, slab_out_count(d) == 0);
            kept_slabs += d->kept;
        } while ((d = d->next) != list);
    }
    require_equal(slab_bytes_now, s->slab_bytes);
    require_kept(s, kept_slabs);
    for (struct desc *d = s->runs; d != NULL; d = d->next != s->runs ? d->next : NULL) {
        require(desc_kind(d) == KIND_SPACED && find_space(d) == s);
        require(d->next->prev == d);
        large += run_usable_size(d);
        out++;
    }
    for (struct huge *h = s->huge; h != NULL; h = h->next_owned != s->huge ? h->next_owned : NULL) {
        require(h->owner == s && h->next_owned->previous_owned == h);
        large += h->size;
        out++;
    }
    require_equal(large, s->large_bytes);
    require_equal(small + large, s->bytes);
    require_equal(out, s->blocks);
}

#endif
