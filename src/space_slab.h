// SPDX-License-Identifier: MIT
// The slabs of a space. Its lock is held by the caller of all that is declared here.
//
//   PARTIAL  in partial[bin]: has free or uncarved blocks       LOOSE  in `full`: has none
//
// Of a slab `free` holds all its free blocks, and `count` is how many are out. Empty slabs stay
// up to a few units together, as most programs go on with the sizes that they used last.
//
// Above: space. Below: tls/slab_source.
#ifndef SPACE_SLAB_H
#define SPACE_SLAB_H

#include "space.h"

struct space_block {
    struct block *block; // NULL: no memory
    bool grew;           // by a slab
    bool broken;         // its link led out of the slab: the free blocks behind it are lost
};

// Neither changes errno.
struct space_block space_slab_take(struct ikyo_space *s, unsigned bin);

// False: the block, which is one of this slab, is free already.
bool space_slab_give(struct ikyo_space *s, struct desc *d, struct block *b);

// Gives back the slabs without a block out; and all.
void space_slab_trim(struct ikyo_space *s);
void space_slab_end(struct ikyo_space *s);

// Calls visit for each slab. The lock is not needed where nobody else uses the space.
void space_slab_visit(struct ikyo_space *s, void (*visit)(struct desc *d, void *context),
                      void *context);

#endif
