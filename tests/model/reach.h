// SPDX-License-Identifier: MIT
// Looks into modules that show nothing of their state; each is compiled together
// with the look.
#ifndef MODEL_REACH_H
#define MODEL_REACH_H

#include "tls/thread_cache.h"

// First slab of a bin's depot, NULL: empty; and the slab behind d.
struct desc *reach_depot_first(unsigned bin);
struct desc *reach_depot_next(const struct desc *d);

// Calls visit for each block in the inbox.
void reach_inbox(struct thread_cache *t, void (*visit)(const struct block *b));

#endif
