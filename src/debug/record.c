// SPDX-License-Identifier: MIT
// A hash table with open addresses. A record stands at the home that its start has, or behind
// it with no empty place between, so that a search ends at the first empty one. Removal moves
// records back to keep that true, instead of leaving marks that would slow searches down.
#include "debug/record.h"

#include "base/lock.h"
#include "vm/charge.h"
#include "vm/vm.h"

enum {
    FIRST_BITS = 10, // 2 to the power of so many places at first
    NEAR = 64,       // bytes beyond its ends at which a block is still named
};

// All under LOCK_RECORD. At least one place is empty, once there are any.
static struct record *places;
static unsigned bits; // places are 2 to the power of it
static size_t mask;
static size_t count;

static size_t home_of(uintptr_t start)
{
    return (size_t)((uint64_t)(start >> 4) * 0x9e3779b97f4a7c15u >> (64 - bits));
}

// The place of the record with this start, or the empty one where it would stand.
static size_t place_of(uintptr_t start)
{
    size_t i = home_of(start);

    while (places[i].start != 0 && places[i].start != start)
        i = (i + 1) & mask;
    return i;
}

// The record at `start`, or NULL. Needs LOCK_RECORD.
static struct record *find(const void *start)
{
    struct record *r;

    if (places == NULL)
        return NULL;
    r = &places[place_of((uintptr_t)start)];
    return r->start != 0 ? r : NULL;
}

static size_t bytes_of(size_t capacity)
{
    size_t page = vm_page_size();

    return (capacity * sizeof(struct record) + page - 1) & ~(page - 1);
}

static bool grow(void)
{
    struct record *old = places;
    size_t old_capacity = old == NULL ? 0 : mask + 1;
    unsigned new_bits = old == NULL ? FIRST_BITS : bits + 1;
    size_t bytes = bytes_of((size_t)1 << new_bits);
    struct record *new = vm_map(bytes, vm_page_size());

    if (new == NULL)
        return false;
    charge_reserved(bytes);
    charge_committed(bytes, CHARGE_METADATA);
    places = new;
    bits = new_bits;
    mask = ((size_t)1 << bits) - 1;
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i].start != 0)
            places[place_of(old[i].start)] = old[i];
    bytes = bytes_of(old_capacity);
    if (old != NULL && vm_release(old, bytes)) {
        uncharge_committed(bytes, CHARGE_METADATA);
        uncharge_reserved(bytes);
    }
    return true;
}

// Above three quarters searches become long.
static bool has_room(void)
{
    return places != NULL && count < mask - mask / 4;
}

bool record_put(const struct record *r)
{
    bool done = true;
    struct record *known;

    lock_take(LOCK_RECORD);
    known = find((const void *)r->start);
    if (known != NULL) {
        *known = *r;
    } else if (has_room() || grow()) {
        places[place_of(r->start)] = *r;
        count++;
    } else {
        done = false;
    }
    lock_give(LOCK_RECORD);
    return done;
}

bool record_get(const void *start, struct record *r)
{
    const struct record *known;

    lock_take(LOCK_RECORD);
    known = find(start);
    if (known != NULL)
        *r = *known;
    lock_give(LOCK_RECORD);
    return known != NULL;
}

// Each record behind the gap that may stand there without coming before its home does.
static void close_gap(size_t gap)
{
    for (size_t i = (gap + 1) & mask; places[i].start != 0; i = (i + 1) & mask) {
        size_t from_home = (i - home_of(places[i].start)) & mask;

        if (from_home >= ((i - gap) & mask)) {
            places[gap] = places[i];
            gap = i;
        }
    }
    places[gap].start = 0;
}

bool record_remove(const void *start)
{
    const struct record *known;

    lock_take(LOCK_RECORD);
    known = find(start);
    if (known != NULL) {
        close_gap((size_t)(known - places));
        count--;
    }
    lock_give(LOCK_RECORD);
    return known != NULL;
}

// How far p is from the bytes of the block: 0 for each of them.
static size_t distance(const struct record *r, uintptr_t p)
{
    if (p < r->start)
        return r->start - p;
    return p - r->start < r->size ? 0 : p - r->start - r->size + 1;
}

struct search {
    uintptr_t p;
    size_t nearest;
    struct record *found;
};

static bool compare(const struct record *r, void *context)
{
    struct search *s = context;
    size_t apart = distance(r, s->p);

    if (apart < s->nearest) {
        s->nearest = apart;
        *s->found = *r;
    }
    return apart != 0;
}

bool record_find_near(const void *p, struct record *r)
{
    struct search s = {(uintptr_t)p, NEAR + 1, r};

    record_visit(compare, &s);
    return s.nearest <= NEAR;
}

void record_visit(bool (*visit)(const struct record *r, void *context), void *context)
{
    struct record_table table = record_freeze();
    bool more = true;

    for (size_t i = 0; more && i < table.capacity; i++)
        if (table.places[i].start != 0)
            more = visit(&table.places[i], context);
    record_thaw();
}

size_t record_count(void)
{
    size_t now;

    lock_take(LOCK_RECORD);
    now = count;
    lock_give(LOCK_RECORD);
    return now;
}

struct record_table record_freeze(void)
{
    lock_take(LOCK_RECORD);
    return (struct record_table){places, places == NULL ? 0 : mask + 1, count};
}

void record_thaw(void)
{
    lock_give(LOCK_RECORD);
}
