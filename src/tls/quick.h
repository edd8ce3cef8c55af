// SPDX-License-Identifier: MIT
// The short ways through a miss: what needs no lock, no system call and no upkeep.
//
//   refill   what came back to the current slab, or a slab set aside, goes out
//   event    a slab is worth using again, or all of one came back and goes out again
//   claim    the first free into a slab of which all blocks were out
//   send     one more block of a slab of others, of which some wait to be sent
//
// Each answers false or NULL, with nothing changed, where the long way of magazine.h
// is needed; so does one in a while, so that upkeep is never starved. None touches errno.
// t is what the hit path saw: the calling thread's cache, or the empty one.
//
// Layer: tls. Above: alloc. Below: binned, magazine.
#ifndef TLS_QUICK_H
#define TLS_QUICK_H

#include "binned/slab.h"
#include "tls/slab_list.h"
#include "tls/thread_cache.h"
#include "tls/upkeep.h"

#include <stdbool.h>

// A block of the bin whose magazine is empty, with the magazine filled.
void *quick_refill(struct thread_cache *t, unsigned bin);

// All blocks of a slab that stays came back: they go out again, but for the last one
// freed, by which its second free is known.
static inline bool quick_recycle(struct thread_cache *t, struct desc *d)
{
    struct block *top = d->free;

    if (!d->recycles || d->beyond != 0 || t->head[d->bin] != NULL || unlikely(upkeep_is_due(t)))
        return false;
    t->head[d->bin] = top->next;
    top->next = NULL;
    d->fresh = 0;
    d->count = (uint16_t)(d->carved - 1);
    t->handed += d->count;
    return true;
}

// The hit path of free took d->count to 0. d is t's.
static inline bool quick_event(struct thread_cache *t, struct desc *d)
{
    if (d->state != SLAB_WAITING || d->beyond == 0)
        return d->state == SLAB_CURRENT && quick_recycle(t, d);
    slab_list_remove(&t->waiting, d);
    slab_set_out(d, d->beyond);
    d->state = SLAB_PARTIAL;
    slab_list_push_back(&t->partial[d->bin], d);
    return true;
}

// Frees a block of a slab that seemed to be nobody's; and one of another thread's.
bool quick_claim(struct thread_cache *t, struct desc *d, void *p);
bool quick_send(struct thread_cache *t, struct desc *d, void *p);

#endif
