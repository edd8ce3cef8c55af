// SPDX-License-Identifier: MIT
#include "binned/depot.c"

#include "reach.h"

static struct desc *slab_of(uint64_t unit)
{
    return unit == 0 ? NULL : desc_at((void *)(uintptr_t)(unit << UNIT_SHIFT));
}

struct desc *reach_depot_first(unsigned bin)
{
    return slab_of(depots[bin] & UNIT_MASK);
}

struct desc *reach_depot_next(const struct desc *d)
{
    return slab_of(d->depot_next);
}
