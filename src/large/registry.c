// SPDX-License-Identifier: MIT
#include "large/registry.h"

#include "base/lock.h"
#include "vm/directory.h"
#include "vm/meta.h"

#include <string.h>

enum {
    KEY_SHIFT = 20,
    LEAF_BITS = (ADDRESS_BITS - KEY_SHIFT) / 2,
    LEAF_SIZE = 1 << LEAF_BITS,
};

typedef _Atomic(struct huge *) entry;

static _Atomic(entry *) leaves[LEAF_SIZE];
static struct huge *unused; // LOCK_HUGE

static size_t key_of(uintptr_t address)
{
    return (size_t)(address >> KEY_SHIFT) & ((size_t)LEAF_SIZE * LEAF_SIZE - 1);
}

struct huge *registry_find(const void *p)
{
    uintptr_t address = untag(p);
    size_t key = key_of(address);
    entry *leaf = atomic_load_explicit(&leaves[key >> LEAF_BITS], memory_order_acquire);
    struct huge *record;

    if (leaf == NULL)
        return NULL;
    record = atomic_load_explicit(&leaf[key & (LEAF_SIZE - 1)], memory_order_acquire);
    if (record == NULL ||
        atomic_load_explicit(&record->address, memory_order_relaxed) != address)
        return NULL;
    return record;
}

// The nearest record below p is the only one that can hold it: mappings do not
// overlap. Traces of freed blocks whose mapping is gone are passed over.
bool registry_covers(const void *p)
{
    uintptr_t address = untag(p);

    for (size_t key = key_of(address) + 1; key-- > 0;) {
        entry *leaf = atomic_load_explicit(&leaves[key >> LEAF_BITS], memory_order_acquire);
        struct huge *record;
        uintptr_t start;

        if (leaf == NULL) {
            key &= ~((size_t)LEAF_SIZE - 1);
            continue;
        }
        record = atomic_load_explicit(&leaf[key & (LEAF_SIZE - 1)], memory_order_acquire);
        if (record == NULL || atomic_load_explicit(&record->freed, memory_order_relaxed))
            continue;
        start = atomic_load_explicit(&record->address, memory_order_relaxed);
        if (start <= address && key_of(start) == key)
            return address - start < record->reserved;
    }
    return false;
}

struct huge *registry_new_record(void)
{
    struct huge *record;

    lock_take(LOCK_HUGE);
    record = unused;
    if (record != NULL)
        unused = record->next;
    lock_give(LOCK_HUGE);
    if (record == NULL)
        return meta_take(sizeof(*record));
    atomic_store_explicit(&record->freed, false, memory_order_relaxed);
    record->guarded = record->split = false;
    record->segments = 0;
    record->space = 0;
    record->next = NULL;
    return record;
}

void registry_discard(struct huge *record)
{
    lock_take(LOCK_HUGE);
    atomic_store_explicit(&record->address, 0, memory_order_relaxed);
    record->next = unused;
    unused = record;
    lock_give(LOCK_HUGE);
}

static entry *leaf_of(size_t key)
{
    _Atomic(entry *) *place = &leaves[key >> LEAF_BITS];
    entry *leaf = atomic_load_explicit(place, memory_order_relaxed);

    if (leaf == NULL) {
        leaf = meta_take(LEAF_SIZE * sizeof(entry));
        if (leaf != NULL)
            atomic_store_explicit(place, leaf, memory_order_release);
    }
    return leaf;
}

// The record that this one takes the place of is of no more use if it is the last
// trace of a freed block; records that moved on to another place are left alone.
static void recycle(struct huge *record, size_t key)
{
    uintptr_t address;

    if (record == NULL || !atomic_load_explicit(&record->freed, memory_order_relaxed))
        return;
    address = atomic_load_explicit(&record->address, memory_order_relaxed);
    if (key_of(address) != key)
        return;
    atomic_store_explicit(&record->address, 0, memory_order_relaxed);
    record->next = unused;
    unused = record;
}

bool registry_insert(struct huge *record)
{
    size_t key = key_of(atomic_load_explicit(&record->address, memory_order_relaxed));
    entry *leaf, *place;
    struct huge *before;

    lock_take(LOCK_HUGE);
    leaf = leaf_of(key);
    if (leaf == NULL) {
        lock_give(LOCK_HUGE);
        return false;
    }
    place = &leaf[key & (LEAF_SIZE - 1)];
    before = atomic_load_explicit(place, memory_order_relaxed);
    if (before != record) {
        recycle(before, key);
        atomic_store_explicit(place, record, memory_order_release);
    }
    lock_give(LOCK_HUGE);
    return true;
}

void registry_visit(void (*visit)(const struct huge *record, void *context), void *context)
{
    bool held = lock_held(LOCK_HUGE);

    if (!held)
        lock_take(LOCK_HUGE);
    for (size_t i = 0; i < LEAF_SIZE; i++) {
        entry *leaf = atomic_load_explicit(&leaves[i], memory_order_relaxed);

        for (size_t j = 0; leaf != NULL && j < LEAF_SIZE; j++) {
            struct huge *record = atomic_load_explicit(&leaf[j], memory_order_relaxed);
            size_t key = i << LEAF_BITS | j;

            if (record != NULL &&
                key_of(atomic_load_explicit(&record->address, memory_order_relaxed)) == key &&
                !atomic_load_explicit(&record->freed, memory_order_relaxed))
                visit(record, context);
        }
    }
    if (!held)
        lock_give(LOCK_HUGE);
}
