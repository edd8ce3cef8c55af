// SPDX-License-Identifier: MIT
// From any address to the descriptor of its unit, in two loads.
//
//   directory[address >> 30] -> slot: | descriptor of unit 0 | unit 1 | ... | bitmaps |
//
// A slot is NULL where we own nothing in that GiB, which makes the same test
// answer for NULL, for foreign pointers and for huge blocks. Within a slot every
// descriptor can be read: those never used are the zero page, kind KIND_NONE and
// without owner. Descriptors are never unmapped, so reading one is always legal.
//
// Above: region and extent (free units), slab (binned), run (large).
#ifndef VM_DIRECTORY_H
#define VM_DIRECTORY_H

#include "base/check.h"
#include "base/limits.h"
#include "os/compiler.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct thread_cache;

struct block {
    struct block *next;
};

enum desc_kind {
    KIND_NONE,   // not ours, or the middle of something
    KIND_EXTENT, // first unit of a free extent
    KIND_SLAB,   // first unit of a slab
    KIND_MEMBER, // a later unit of a slab, `position` units behind its head
    KIND_RUN,    // unit in which a large run starts
    KIND_GUARD,  // unit in which the guard behind a slab starts
    KIND_FREED,  // a run or slab started here and was freed; the address is not out again
    KIND_SPACED, // as KIND_RUN, of a run that a space has: the short ways know it not
};

// In `space` of a slab, a run or a huge block.
enum {
    SPACE_CHECKED = 1 << 15, // what it holds ends with a tag (debug/tag.h)
    SPACE_OWNED = 1 << 14,   // its owner is no thread cache, but a space (space.h)
};

// One unit. Who may write: `fixed` set before the unit is shared; `owner` the
// thread cache that owns the slab; `extent` the holder of LOCK_EXTENT while the
// unit is free; `depot` see binned/depot.h.
struct desc {
    alignas(CACHE_LINE)
    _Atomic(struct thread_cache *) owner; // slab heads, runs of spaces; NULL everywhere else
    struct block *free;                   // owner    blocks freed by the owner
    union {
        struct {
            uint16_t count;               // owner    frees until the owner must look
            uint16_t beyond;              // owner    blocks out besides those
        };
        uint32_t granules;                // extent, run: length
    };
    union {
        struct {
            uint16_t carved;              // owner    blocks ever put on a list
            uint16_t capacity;            // fixed    blocks that fit
        };
        uint32_t dirty;                   // extent   granules of it that hold old contents
    };
    struct desc *next, *prev;             // owner, extent: the list it is on
    _Atomic(uintptr_t) depot_next;        // depot    unit number; a link of its own, never shared
    char *base;                           // fixed    first byte of the slab, run or extent
    _Atomic(uint8_t) kind;                // fixed    enum desc_kind
    uint8_t bin;                          // fixed    size class of a slab
    uint8_t state : 3;                    // owner    enum slab_state, or a run's flags
    uint8_t first : 1;                    // owner    smaller than later slabs of its bin
    uint8_t recycles : 1;                 // owner    its blocks may go out again as they come back
    uint8_t fresh : 1;                    // owner    the magazine it filled reads zero but for links
    uint8_t zero : 1;                     // owner    what was never carved is known to be zero
    uint8_t kept : 1;                     // owner    counted in the owner's kept_bytes
    uint8_t units;                        // fixed    length of a slab
    uint8_t position;                     // fixed    of a member, in units behind the head
    _Atomic(uint8_t) listed;              // depot    1 while in a depot or on the way
    uint16_t space;                       // fixed while out   SPACE_CHECKED, SPACE_OWNED
};

static_assert(sizeof(struct desc) == CACHE_LINE, "one line per unit");

enum { DESC_SHIFT = 6, DIRECTORY_SLOTS = 1 << (ADDRESS_BITS - SLOT_SHIFT) };

HIDDEN extern _Atomic(char *) directory[DIRECTORY_SLOTS];

// Once at start. The table is mostly untouched; only what is in use is writable, so
// that what pins writable memory (mlockall) leaves the rest alone.
void directory_init(void);

// Pointer tags (LAM, MTE) will be removed here; there are none today.
static inline uintptr_t untag(const void *p)
{
    return (uintptr_t)p;
}

// The descriptor of the unit that holds p, or NULL where this GiB is not ours.
// The relaxed load is enough: a slot's contents are reached through its address.
ALWAYS_INLINE struct desc *desc_of(const void *p)
{
    uintptr_t address = untag(p);
    char *slot = atomic_load_explicit(&directory[address >> SLOT_SHIFT & (DIRECTORY_SLOTS - 1)],
                                      memory_order_relaxed);

    if (unlikely(slot == NULL))
        return NULL;
    return (struct desc *)(slot + (address >> (UNIT_SHIFT - DESC_SHIFT) &
                                   (((uintptr_t)UNITS_PER_SLOT - 1) << DESC_SHIFT)));
}

// As desc_of, for an address that is known to be ours.
static inline struct desc *desc_at(const void *p)
{
    uintptr_t address = untag(p);
    char *slot = atomic_load_explicit(&directory[address >> SLOT_SHIFT & (DIRECTORY_SLOTS - 1)],
                                      memory_order_relaxed);

    return (struct desc *)(slot + (address >> (UNIT_SHIFT - DESC_SHIFT) &
                                   (((uintptr_t)UNITS_PER_SLOT - 1) << DESC_SHIFT)));
}

static inline enum desc_kind desc_kind(const struct desc *d)
{
    return (enum desc_kind)atomic_load_explicit(&d->kind, memory_order_relaxed);
}

static inline void desc_set_kind(struct desc *d, enum desc_kind kind)
{
    atomic_store_explicit(&d->kind, (uint8_t)kind, memory_order_relaxed);
}

// Free and dirty bits of the GiB that holds p, one bit per granule. A set free
// bit: the granule is ours, accessible and in no use. Guarded by LOCK_EXTENT.
struct granule_map {
    uint64_t free[GRANULES_PER_SLOT / 64];
    uint64_t dirty[GRANULES_PER_SLOT / 64];
};

struct granule_map *granule_map_of(const void *p);

static inline size_t granule_index(const void *p)
{
    return (untag(p) & (SLOT - 1)) >> GRANULE_SHIFT;
}

// Makes the slot of this GiB exist. Needs LOCK_GROW. False: no memory, or an
// address above ADDRESS_BITS.
bool directory_add_slot(const void *p);

// Makes the descriptors of [p, p + size) writable; the slot exists. Needs LOCK_GROW.
bool directory_commit(const void *p, size_t size);

#endif
