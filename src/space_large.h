// SPDX-License-Identifier: MIT
// The runs and the huge blocks of a space: two circular lists, under its lock.
//
// Above: space. Below: tls/thread, large.
#ifndef SPACE_LARGE_H
#define SPACE_LARGE_H

#include "space.h"

// A block that no bin is for. NULL: no memory, or it would exceed the limit.
void *space_large_take(struct ikyo_space *s, const struct request *r, bool *at_limit);

// Ends all. Needs the lock; so does the next.
void space_large_end(struct ikyo_space *s);

// Charges what the lists have, whatever was charged before.
void space_large_recount(struct ikyo_space *s);

// Calls visit for each block that has a tag. Nobody else uses the space.
void space_large_visit_tagged(struct ikyo_space *s,
                              void (*visit)(void *p, size_t usable, void *context), void *context);

#endif
