// SPDX-License-Identifier: MIT
// The long way of malloc and free: by size, alignment and owner to the layer that serves.
//
// Nothing is looked up that a caller knows already, and nothing is checked but what the
// layers below check anyway; what looks closer (checked.h) stands above.
//
// Above: alloc, checked. Below: tls, large.
#ifndef ROUTE_H
#define ROUTE_H

#include "base/call.h"
#include "base/check.h"
#include "base/report.h"
#include "binned/slab.h"
#include "tls/thread_cache.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct request {
    size_t size;
    size_t alignment;
    unsigned bin; // BIN_COUNT: too large for all
    bool zero;
};

// A block, with errno kept; NULL and ENOMEM if there is no memory. The others are
// short for requests that ask for one thing more, or none.
void *route_alloc(const struct request *r);
void *route_alloc_plain(size_t size, unsigned bin);
void *route_alloc_zeroed(size_t size, unsigned bin);
void *route_alloc_aligned(size_t size, size_t alignment, unsigned bin);

// Whether each call has to come here or to the checks, by what the options are now: then the
// hit paths of the calling thread must miss (thread_set_careful).
bool route_must_see_all(void);

// Frees what p points to; d is its descriptor, if it has one. Keeps errno.
void route_free(void *p, struct desc *d, enum call call);

// Clears a block that was popped: all of it, or only the link if the rest was never
// used. A link that the application wrote over may have led anywhere, and is not
// followed by a write.
static inline void *clear_block(const struct thread_cache *t, unsigned bin, struct block *b,
                                size_t size)
{
    const struct desc *d = t->current[bin];

    if (!check((size_t)((char *)b - d->base) < slab_bytes(d), report_corrupted_list("calloc", b)))
        return NULL;
    if (d->fresh)
        b->next = NULL;
    else
        memset(b, 0, size);
    return b;
}

#endif
