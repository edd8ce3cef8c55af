// SPDX-License-Identifier: MIT
#include "binned/depot.h"

// A stack's top: the unit number of the first slab, and above it a tag that
// changes with every push and pop. Unit number 0 is the empty stack.
enum { UNIT_BITS = ADDRESS_BITS - UNIT_SHIFT };

#define UNIT_MASK (((uint64_t)1 << UNIT_BITS) - 1)

static _Atomic(uint64_t) depots[BIN_COUNT];
static _Atomic(size_t) listed_count;

size_t depot_listed(void)
{
    return atomic_load_explicit(&listed_count, memory_order_relaxed);
}

static uint64_t next_top(uint64_t top, uint64_t unit)
{
    return ((top >> UNIT_BITS) + 1) << UNIT_BITS | unit;
}

static void push(struct desc *d)
{
    _Atomic(uint64_t) *depot = &depots[d->bin];
    uint64_t top = atomic_load_explicit(depot, memory_order_relaxed);
    uint64_t unit = (uint64_t)(untag(d->base) >> UNIT_SHIFT);

    do
        atomic_store_explicit(&d->depot_next, (uintptr_t)(top & UNIT_MASK), memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(depot, &top, next_top(top, unit),
                                                  memory_order_release, memory_order_relaxed));
    atomic_fetch_add_explicit(&listed_count, 1, memory_order_relaxed);
}

static struct desc *pop(unsigned bin)
{
    uint64_t top = atomic_load_explicit(&depots[bin], memory_order_acquire);

    while ((top & UNIT_MASK) != 0) {
        struct desc *d = desc_at((void *)(uintptr_t)((top & UNIT_MASK) << UNIT_SHIFT));
        uintptr_t next = atomic_load_explicit(&d->depot_next, memory_order_relaxed);

        if (atomic_compare_exchange_weak_explicit(&depots[bin], &top, next_top(top, next),
                                                  memory_order_acquire, memory_order_acquire)) {
            atomic_fetch_sub_explicit(&listed_count, 1, memory_order_relaxed);
            return d;
        }
    }
    return NULL;
}

void slab_release(struct desc *d, struct thread_cache *me)
{
    d->state = SLAB_LOOSE;
    do {
        uint8_t listed = atomic_exchange_explicit(&d->listed, 1, memory_order_seq_cst);

        if (listed == 0) {
            // Pushing needs base and bin, which are fixed while it is listed.
            atomic_store_explicit(&d->owner, nobody(), memory_order_seq_cst);
            push(d);
            return;
        }
        atomic_store_explicit(&d->owner, nobody(), memory_order_seq_cst);
        // Still listed: whoever pops it will find it without owner. Else it was
        // popped while it was ours, and must be listed anew, by an owner.
    } while (atomic_load_explicit(&d->listed, memory_order_seq_cst) == 0 && slab_claim(d, me));
}

struct desc *depot_pop(unsigned bin, struct thread_cache *me)
{
    struct desc *d;

    while ((d = pop(bin)) != NULL) {
        if (slab_claim(d, me)) {
            atomic_store_explicit(&d->listed, 0, memory_order_seq_cst);
            return d;
        }
        atomic_store_explicit(&d->listed, 0, memory_order_seq_cst);
        // Its owner may have let go of it just now and counted on its being listed.
        if (atomic_load_explicit(&d->owner, memory_order_seq_cst) == nobody() && slab_claim(d, me))
            return d;
    }
    return NULL;
}
