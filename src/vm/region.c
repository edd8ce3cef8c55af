// SPDX-License-Identifier: MIT
#include "vm/region.h"

#include "base/check.h"
#include "base/lock.h"
#include "vm/charge.h"
#include "vm/directory.h"
#include "vm/extent.h"
#include "vm/thp.h"
#include "vm/vm.h"

#include <stdatomic.h>

enum {
    REGIONS_MAX = 2048,   // 1 GiB each: 2 TiB
    LOOK_BACK = 8,        // older regions that are looked at for room
    SHARE_OF_LIMIT = 8,   // under a limit a region takes at most this part of what is left
    SHARE_OF_STEP = 16,   // part of what is accessible that is added at a time
    STEP_LEAST = 256 << 10,
};

// Below this much no huge page is used: one could exceed the whole program. Above it the
// system forms one only where a whole one was made accessible in one step, so that
// what is never written stays a small part of what is.
#define HUGE_PAGES_FROM (32 * MIB)

struct region {
    char *base;
    size_t size;
    _Atomic(size_t) used; // bytes from base that are accessible and were given out
    size_t described; // bytes from base whose descriptors are writable
    _Atomic(bool) huge; // huge pages were asked for by ourselves
};

static struct region regions[REGIONS_MAX];
static _Atomic(size_t) region_count; // raised when the entry is written; readers acquire
static size_t reserved;  // bytes in all regions, LOCK_GROW
static size_t committed; // of them accessible, LOCK_GROW
static size_t limit = SIZE_MAX;

static size_t used_of(const struct region *r)
{
    return atomic_load_explicit(&r->used, memory_order_relaxed);
}

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
    size_t count = atomic_load_explicit(&region_count, memory_order_relaxed);
    struct region *r = &regions[count];
    size_t size;

    if (count == REGIONS_MAX || least > SLOT)
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
    thp_advise(r->base, size, reserved < HUGE_PAGES_FROM ? THP_SMALL : THP_DENSE);
    atomic_store_explicit(&r->huge, reserved >= HUGE_PAGES_FROM && options.thp == THP_AUTO,
                          memory_order_relaxed);
    r->size = size;
    reserved += size;
    atomic_store_explicit(&region_count, count + 1, memory_order_release);
    charge_reserved(size);
    return r;
}

static struct region *region_with_room(size_t size)
{
    size_t count = atomic_load_explicit(&region_count, memory_order_relaxed);

    for (size_t i = 0; i < count && i < LOOK_BACK; i++) {
        struct region *r = &regions[count - 1 - i];

        if (r->size - used_of(r) >= size)
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

// How much is made accessible at a time: a small part of what there is, so that what
// pins all accessible memory (mlockall) pins little that nobody uses.
static size_t commit_step(void)
{
    size_t step = power_of_two_below(committed / SHARE_OF_STEP + 1);

    return step < STEP_LEAST ? STEP_LEAST : step < CHUNK ? step : CHUNK;
}

bool region_grow(size_t granules)
{
    size_t size = round_up(granules << GRANULE_SHIFT, commit_step());
    struct region *r = region_with_room(size);
    char *start;

    assert(lock_held(LOCK_GROW));
    if (r == NULL)
        r = add_region(size);
    if (r == NULL || !describe(r, used_of(r) + size))
        return false;
    start = r->base + used_of(r);
    if (!vm_commit(start, size))
        return false;
    committed += size;
    atomic_fetch_add_explicit(&r->used, size, memory_order_relaxed);
    charge_committed(size, CHARGE_CHUNK);
    lock_take(LOCK_EXTENT);
    extent_add(start, size >> GRANULE_SHIFT, false);
    lock_give(LOCK_EXTENT);
    return true;
}

bool region_get(size_t index, char **base, size_t *used)
{
    if (index >= atomic_load_explicit(&region_count, memory_order_acquire))
        return false;
    *base = regions[index].base;
    *used = used_of(&regions[index]);
    return true;
}

void region_end_huge(const void *p)
{
    char *base;
    size_t used;

    for (size_t i = 0; region_get(i, &base, &used); i++)
        if (untag(p) - (uintptr_t)base < used &&
            atomic_load_explicit(&regions[i].huge, memory_order_relaxed) &&
            atomic_exchange_explicit(&regions[i].huge, false, memory_order_relaxed))
            vm_advise_huge(base, regions[i].size, false);
}

bool region_holds(const void *p)
{
    char *base;
    size_t used;

    for (size_t i = 0; region_get(i, &base, &used); i++)
        if (untag(p) - (uintptr_t)base < used)
            return true;
    return false;
}
