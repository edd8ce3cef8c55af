// SPDX-License-Identifier: MIT
// Who owns a slab, and the stacks of slabs that nobody owns: one depot per bin.
//
// `owner` is a thread cache, nobody(), or NULL for what is no slab. Only these
// steps change it, and only the owner touches the rest of the descriptor:
//
//   claim    nobody -> me        CAS, acquire    any thread, whenever it sees nobody
//   release  me -> nobody        store, seq_cst  the owner
//   destroy  me -> NULL          store           the owner, and only if not `listed`
//
// `listed` is 1 from before the slab is pushed until after it was popped. Only the
// owner raises it, only the thread that popped the slab lowers it. While it is 1 the
// slab is not destroyed, so its unit changes neither kind nor bin. depot_next is
// written by the pusher only, between raising `listed` and the push.
//
// A slab that is released while somebody is popping it could be lost: the releaser
// sees listed == 1 and does not push, the popper sees an owner and drops it. So both
// store first and look then (seq_cst on all four): the releaser owner then listed,
// the popper listed then owner; at least one of them sees the other and claims.
//
// What a claim reads of the slab was written before the release it read from:
// claim acquires, release releases. The top of a stack carries a tag against ABA;
// reading depot_next of a slab that is gone is harmless, the CAS then fails.
//
// Above: tls. Below: slab.
#ifndef BINNED_DEPOT_H
#define BINNED_DEPOT_H

#include "binned/slab.h"

#include <stdbool.h>

// The owner of a slab that has none. Not NULL, so that no hit path needs to ask.
static inline struct thread_cache *nobody(void)
{
    return (struct thread_cache *)(uintptr_t)1;
}

// True when the slab was nobody's and is now me's.
static inline bool slab_claim(struct desc *d, struct thread_cache *me)
{
    struct thread_cache *expected = nobody();

    return atomic_compare_exchange_strong_explicit(&d->owner, &expected, me, memory_order_acquire,
                                                   memory_order_relaxed);
}

// Gives up a slab all of whose blocks are out: the first free of one claims it.
static inline void slab_release_full(struct desc *d)
{
    d->state = SLAB_LOOSE;
    atomic_store_explicit(&d->owner, nobody(), memory_order_release);
}

// Gives up a slab that has free or uncarved blocks: it goes to the depot of its
// bin. Its `count` is the number of blocks out.
void slab_release(struct desc *d, struct thread_cache *me);

// True when the slab may be destroyed by its owner.
static inline bool slab_may_destroy(const struct desc *d)
{
    return atomic_load_explicit(&d->listed, memory_order_seq_cst) == 0;
}

// Slabs in all depots, about.
size_t depot_listed(void);

// A slab out of the depot, now me's; NULL when the depot is empty. It need not be
// of this bin, nor have free blocks: others claimed and used it meanwhile.
struct desc *depot_pop(unsigned bin, struct thread_cache *me);

#endif
