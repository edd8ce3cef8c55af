// SPDX-License-Identifier: MIT
#include "find.h"

#include "debug/sample.h"
#include "large/huge.h"
#include "large/run.h"
#include "vm/region.h"

static struct found find_elsewhere(const struct desc *d, const void *p)
{
    struct huge *record;

    if (sample_owns(p))
        return (struct found){.kind = BLOCK_SAMPLED};
    record = registry_find(p);
    if (record == NULL && ((d != NULL && region_holds(p)) || registry_covers(p)))
        return (struct found){.kind = BLOCK_BAD};
    if (record == NULL)
        return (struct found){.kind = BLOCK_FOREIGN};
    if (atomic_load_explicit(&record->freed, memory_order_relaxed))
        return (struct found){.kind = BLOCK_BAD};
    return (struct found){.kind = BLOCK_HUGE, .usable = record->size, .record = record};
}

struct found find_block(const void *p)
{
    struct desc *d = find_slab(p);

    if (d != NULL)
        return (struct found){.kind = BLOCK_SLAB, .usable = bin_divisors[d->bin].size, .d = d};
    d = desc_of(p);
    if (d == NULL)
        return find_elsewhere(d, p);
    switch (desc_kind(d)) {
    case KIND_RUN:
    case KIND_SPACED:
        if (d->base == p)
            return (struct found){.kind = BLOCK_RUN, .usable = run_usable_size(d), .d = d};
        break;
    case KIND_NONE:
        return find_elsewhere(d, p);
    case KIND_SLAB:
    case KIND_MEMBER:
    case KIND_EXTENT:
    case KIND_GUARD:
    case KIND_FREED:
        break;
    }
    return (struct found){.kind = BLOCK_BAD};
}

struct ikyo_space *find_space_of(const struct found *f)
{
    if (f->d != NULL)
        return find_space(f->d);
    return f->record != NULL && f->record->space & SPACE_OWNED ? f->record->owner : NULL;
}
