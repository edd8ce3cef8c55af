// SPDX-License-Identifier: MIT
#include "large/mapping.h"

#include "base/check.h"
#include "base/option.h"
#include "os/compiler.h"
#include "vm/charge.h"
#include "vm/pages.h"
#include "vm/thp.h"
#include "vm/vm.h"

#include <string.h>

enum {
    ROOM = 2,              // a growing block reserves this many times its size
    SPLIT_GUARDS_MAX = 8192 // guards that cost a mapping of their own
};

// No two blocks may start in the same MiB, see registry.h.
#define LEAST MIB
// Moves of whole page tables need both ends on this boundary.
#define MOVE_ALIGNMENT (2 * MIB)

static _Atomic(size_t) split_guards;

static char *start_of(const struct huge *h)
{
    return (char *)atomic_load_explicit(&h->address, memory_order_relaxed);
}

// A guard that splits the mapping is set only as long as there are few: each costs
// one of the mappings a process may have (vm.max_map_count).
static void set_guard(struct huge *h, size_t size)
{
    char *page = start_of(h) + h->size;

    h->guarded = vm_guard_install(page, size);
    if (h->guarded ||
        atomic_load_explicit(&split_guards, memory_order_relaxed) >= SPLIT_GUARDS_MAX)
        return;
    h->guarded = h->split = vm_protect(page, size, IKYO_VM_NO_ACCESS);
    atomic_fetch_add_explicit(&split_guards, h->split, memory_order_relaxed);
}

static void describe(struct huge *h, char *start, size_t size, size_t reserved)
{
    h->size = size;
    h->reserved = reserved;
    h->guarded = h->split = false;
    h->segments = 0;
    atomic_store_explicit(&h->address, (uintptr_t)start, memory_order_relaxed);
    charge_reserved(reserved);
    charge_committed(size, CHARGE_HUGE);
}

// Address space whose first part is accessible; the rest is room and guard at once.
static bool create_in_room(struct huge *h, size_t data, size_t reserved, size_t alignment)
{
    char *start = vm_reserve(reserved, alignment);

    if (start == NULL)
        return false;
    if (!vm_commit(start, data)) {
        vm_release(start, reserved);
        return false;
    }
    describe(h, start, data, reserved);
    thp_advise(start, reserved, THP_SPARSE);
    return true;
}

bool mapping_create(struct huge *h, size_t size, size_t alignment)
{
    size_t page = vm_page_size();
    size_t data = pages_round(size + (size == 0));
    size_t guard = options.guard == GUARD_OFF ? 0 : page;
    char *start;

    if (alignment < page)
        alignment = page;
    if (data + guard < LEAST)
        return create_in_room(h, data, LEAST, alignment);
    start = vm_map(data + guard, alignment);
    if (start == NULL)
        return false;
    describe(h, start, data, data + guard);
    thp_advise(start, data, THP_SPARSE);
    if (guard != 0)
        set_guard(h, guard);
    return true;
}

bool mapping_create_roomy(struct huge *h, size_t size)
{
    size_t page = vm_page_size();
    size_t data = pages_round(size);
    size_t alignment = data < 2 * MOVE_ALIGNMENT ? page : MOVE_ALIGNMENT;
    size_t least = data + page < LEAST ? LEAST : data + page;

    return (data <= SIZE_MAX / 2 / ROOM && create_in_room(h, data, ROOM * least, alignment)) ||
           create_in_room(h, data, least, page);
}

void mapping_release(const struct huge *h)
{
    size_t reserved = h->reserved, size = h->size, split = h->split;

    // Whoever gets the address next may recycle the record at once.
    if (!vm_release(start_of(h), reserved))
        return;
    atomic_fetch_sub_explicit(&split_guards, split, memory_order_relaxed);
    uncharge_reserved(reserved);
    uncharge_committed(size, CHARGE_HUGE);
}

static void forget_bounds_above(struct huge *h, size_t size)
{
    while (h->segments > 0 && h->bounds[h->segments - 1] >= size)
        h->segments--;
}

static bool shrink(struct huge *h, size_t data)
{
    char *start = start_of(h);
    size_t room = ROOM * data < LEAST ? LEAST : ROOM * data;

    // Both also remove a guard page, which lies behind the data.
    if (!vm_decommit(start + data, h->reserved - data))
        return false;
    atomic_fetch_sub_explicit(&split_guards, h->split, memory_order_relaxed);
    h->guarded = h->split = false;
    uncharge_committed(h->size - data, CHARGE_HUGE);
    if (room < h->reserved && vm_can_release_parts() &&
        vm_release(start + room, h->reserved - room)) {
        uncharge_reserved(h->reserved - room);
        h->reserved = room;
    }
    h->size = data;
    forget_bounds_above(h, data);
    return true;
}

bool mapping_resize(struct huge *h, size_t size)
{
    size_t data = pages_round(size);
    size_t guard = options.guard == GUARD_OFF ? 0 : vm_page_size();

    if (data == h->size)
        return true;
    if (data < h->size)
        return shrink(h, data);
    // The guard at the end of an exact mapping is no room: growing would lose it.
    if (h->guarded || data + guard > h->reserved ||
        !vm_commit(start_of(h) + h->size, data - h->size))
        return false;
    charge_committed(data - h->size, CHARGE_HUGE);
    h->size = data;
    return true;
}

// Moves [from + low, from + high) to the same place of another mapping. The source
// stays mapped, so that nobody else gets its addresses before all is done.
static bool move_segment(char *from, char *to, size_t low, size_t high)
{
    if (vm_move_keep(from + low, to + low, high - low))
        return true;
    // The place it should have gone to may be gone: make it anew, and copy.
    if (!vm_decommit(to + low, high - low) || !vm_commit(to + low, high - low))
        return false;
    memcpy(to + low, from + low, high - low);
    return true;
}

bool mapping_move(const struct huge *from, struct huge *to)
{
    char *old = start_of(from), *new = start_of(to);
    size_t low = 0;

    for (unsigned i = 0; i <= from->segments; i++) {
        size_t high = i < from->segments ? from->bounds[i] : from->size;

        if (!move_segment(old, new, low, high)) {
            if (low > 0)
                memcpy(old, new, low);
            return false;
        }
        low = high;
    }
    memcpy(to->bounds, from->bounds, sizeof(to->bounds));
    to->segments = from->segments;
    if (to->segments < HUGE_SEGMENTS && from->size < to->size)
        to->bounds[to->segments++] = from->size;
    return true;
}

bool mapping_move_in(struct huge *to, void *from, size_t size)
{
    char *start = start_of(to);

    // Whatever becomes of the destination then, the caller gives it up as a whole.
    if (!vm_move_keep(from, start, size))
        return false;
    if (size < to->size)
        to->bounds[to->segments++] = size;
    return true;
}
