// SPDX-License-Identifier: MIT
// Filling magazines, and what happens to a slab when its counter runs out.
//
//           refill                    list used up, nothing came back
//   PARTIAL ------> CURRENT ------------------------------------------> LOOSE
//     ^  ^             | all came back                                    |
//     |  |             v                                                  | a free
//     |  |            stays current (bounded), else destroyed             | claims it
//     |  +--- wake threshold reached --- WAITING <------------------------+
//     +------------------- refill finds it in the depot <-----------------+
//
// A slab all of whose blocks are out belongs to nobody, so that memory freed by
// others never waits for a thread that sleeps.
//
// Layer: tls. Above: alloc, thread. Below: binned.
#ifndef TLS_MAGAZINE_H
#define TLS_MAGAZINE_H

#include "binned/slab.h"
#include "tls/thread_cache.h"

// A block for this bin, with the magazine filled. NULL: no memory.
// t is a live cache of the calling thread; so for all calls here.
void *magazine_refill(struct thread_cache *t, unsigned bin);

// The bin to serve a request of this bin from: a larger one that has a slab already,
// while this bin has none and only few blocks of it were ever asked for. Programs
// that use many sizes a little then touch fewer pages.
unsigned magazine_lender(struct thread_cache *t, unsigned bin);

// The hit path of free took d->count to 0. d is t's.
void magazine_event(struct thread_cache *t, struct desc *d);

// Frees the list first..last of `count` blocks of d, which is t's: on a list of t
// or claimed just now.
void magazine_return(struct thread_cache *t, struct desc *d, struct block *first,
                     struct block *last, uint32_t count);

// Frees one block of a slab, whoever owns it.
void magazine_free(struct thread_cache *t, struct desc *d, struct block *p);

// Puts a slab of t that is on no list where its free blocks say: retired, partial,
// waiting or loose. Its `count` is the number of blocks out.
void magazine_settle(struct thread_cache *t, struct desc *d);

// For the short ways (quick.h): a current slab is in use again; and a list becomes the
// magazine of its bin, less the first block, which is returned.
static inline void magazine_forget_kept(struct thread_cache *t, struct desc *d)
{
    if (d->kept)
        t->kept_bytes -= slab_bytes(d);
    d->kept = 0;
    d->recycles = 0;
}

static inline void *magazine_hand_out(struct thread_cache *t, struct desc *d,
                                      struct block_list list, bool fresh)
{
    d->state = SLAB_CURRENT;
    d->fresh = fresh;
    t->handed += list.count;
    t->head[d->bin] = list.first->next;
    return list.first;
}

// A slab that comes back empty time and again is carved on, up to a page or a few
// blocks, so that the next list is longer.
static inline bool magazine_wants_carving(const struct desc *d)
{
    return d->kept && slab_has_uncarved(d) &&
           (d->carved * bin_size(d->bin) < GRANULE || d->carved < CARVED_LEAST);
}

// Gives back everything t has: rings, inbox, magazines, slabs, units, runs.
void magazine_release_all(struct thread_cache *t);

// Gives others the slabs of bins that t frees blocks of but takes none. They come to t
// one by one as it claims them, and are of use to it only while they fill.
void magazine_release_unserved(struct thread_cache *t);

// Takes every slab out of the depots and destroys those without a block out.
void magazine_trim_depots(struct thread_cache *t);

#endif
