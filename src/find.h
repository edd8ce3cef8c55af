// SPDX-License-Identifier: MIT
// What a pointer is, for the calls that look before they act: realloc, the size of a
// block, and all calls of the checked modes.
//
// Above: resize, checked. Below: large, binned, vm.
#ifndef FIND_H
#define FIND_H

#include "binned/slab.h"
#include "vm/directory.h"

#include <stddef.h>

struct huge;
struct ikyo_space;

enum block_kind { BLOCK_SLAB, BLOCK_RUN, BLOCK_HUGE, BLOCK_SAMPLED, BLOCK_FOREIGN, BLOCK_BAD };

struct found {
    enum block_kind kind;
    size_t usable;  // bytes the block has; 0 for SAMPLED, FOREIGN and BAD
    struct desc *d; // of a slab the head, of a run its own
    struct huge *record;
};

// The space that has a slab, or a run; NULL: none does.
static inline struct ikyo_space *find_space(const struct desc *d)
{
    return d->space & SPACE_OWNED
               ? (struct ikyo_space *)atomic_load_explicit(&d->owner, memory_order_relaxed)
               : NULL;
}

// The slab that p, any pointer, leads into; NULL: none.
static inline struct desc *find_slab_around(const void *p)
{
    struct desc *d = desc_of(p);

    if (d == NULL || (desc_kind(d) != KIND_SLAB && desc_kind(d) != KIND_MEMBER))
        return NULL;
    return slab_head(d);
}

// The slab of a small block, NULL for all else.
static inline struct desc *find_slab(const void *p)
{
    struct desc *d = find_slab_around(p);

    return d != NULL && slab_is_block(d, p) ? d : NULL;
}

// p is not NULL. BLOCK_BAD: it points to memory of ours, but not to the start of a block.
// A slab's block may be free, which only its slab knows, and so may a sampled one
// (debug/sample.h).
struct found find_block(const void *p);

// The space that has a block that was found.
struct ikyo_space *find_space_of(const struct found *f);

#endif
