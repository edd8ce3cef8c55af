// SPDX-License-Identifier: MIT
#include "vm/region.h"

#include "base/check.h"
#include "base/lock.h"
#include "base/option.h"
#include "vm/charge.h"
#include "vm/directory.h"
#include "vm/extent.h"
#include "vm/vm.h"

enum {
    REGIONS_MAX = 4096,   // 1 GiB each: 4 TiB
    LOOK_BACK = 8,        // older regions that are looked at for room
    SHARE_OF_LIMIT = 8,   // under a limit a region takes at most this part of what is left
    PIECE = 64 << 10,     // what is committed at a time where the system pins memory
};

// Below this much no huge page is used: one could exceed the whole program.
#define HUGE_PAGES_FROM (16 * MIB)

struct region {
    char *base;
    size_t size;
    size_t used;      // bytes from base that are accessible and were given out
    size_t described; // bytes from base whose descriptors are writable
};

static struct region regions[REGIONS_MAX];
static size_t region_count;
static size_t reserved;
static size_t limit = SIZE_MAX;

void region_init(size_t address_space_limit)
{
    limit = address_space_limit;
}

static size_t round_up(size_t size, size_t step)
{
    return (size + step - 1) & ~(step - 1);
}

static size_t power_of_two_below(size_t size)
{
    return (size_t)1 << (63 - __builtin_clzll(size));
}

static size_t next_region_size(size_t least)
{
    size_t size = reserved < FIRST_REGION ? FIRST_REGION : power_of_two_below(reserved);

    if (size > LAST_REGION)
        size = LAST_REGION;
    if (limit != SIZE_MAX) {
        size_t share = (limit > reserved ? limit - reserved : 0) / SHARE_OF_LIMIT;

        while (size > CHUNK && size > share)
            size /= 2;
    }
    while (size < least)
        size *= 2;
    return size;
}

static struct region *add_region(size_t least)
{
    struct region *r = &regions[region_count];
    size_t size;

    if (region_count == REGIONS_MAX || least > SLOT)
        return NULL;
    for (size = next_region_size(least); size >= least; size /= 2) {
        r->base = vm_reserve(size, size);
        if (r->base != NULL)
            break;
    }
    if (size < least)
        return NULL;
    if (!directory_add_slot(r->base)) {
        vm_release(r->base, size);
        return NULL;
    }
    if (options.thp != THP_ALWAYS && (options.thp == THP_NEVER || reserved < HUGE_PAGES_FROM))
        vm_advise_huge(r->base, size, false);
    r->size = size;
    reserved += size;
    region_count++;
    charge_reserved(size);
    return r;
}

static struct region *region_with_room(size_t size)
{
    for (size_t i = 0; i < region_count && i < LOOK_BACK; i++) {
        struct region *r = &regions[region_count - 1 - i];

        if (r->size - r->used >= size)
            return r;
    }
    return NULL;
}

static bool describe(struct region *r, size_t end)
{
    size_t size = round_up(end, CHUNK) - r->described;

    if (end <= r->described)
        return true;
    if (!directory_commit(r->base + r->described, size))
        return false;
    r->described += size;
    return true;
}

// Commits whole chunks, or, where the system pins what is accessible (mlockall),
// no more than is needed. Returns the bytes that became accessible.
static size_t commit_next(struct region *r, size_t size)
{
    char *start = r->base + r->used;
    size_t probe = round_up(PIECE, vm_page_size());
    size_t whole = round_up(r->used + size, CHUNK) - r->used;

    if (whole < probe)
        probe = whole;
    if (!vm_commit(start, probe))
        return 0;
    if (vm_is_locked(start, probe))
        whole = round_up(size, probe) < whole ? round_up(size, probe) : whole;
    if (whole > probe && !vm_commit(start + probe, whole - probe)) {
        // Without the rest the piece is useless unless it is enough by itself.
        if (probe < size) {
            vm_decommit(start, probe);
            return 0;
        }
        whole = probe;
    }
    return whole;
}

bool region_grow(size_t granules)
{
    size_t size = granules << GRANULE_SHIFT;
    struct region *r = region_with_room(size);
    char *start;
    size_t done;

    assert(lock_held(LOCK_GROW));
    if (r == NULL)
        r = add_region(round_up(size, CHUNK));
    if (r == NULL || !describe(r, r->used + size))
        return false;
    start = r->base + r->used;
    done = commit_next(r, size);
    if (done == 0)
        return false;
    r->used += done;
    charge_committed(done, CHARGE_CHUNK);
    lock_take(LOCK_EXTENT);
    extent_add(start, done >> GRANULE_SHIFT, false);
    lock_give(LOCK_EXTENT);
    return true;
}
