// SPDX-License-Identifier: MIT
// Freed blocks that are held back from reuse, so that what still uses them is noticed.
//
// One for each thread cache, made when it is first needed and kept with the cache. Blocks
// leave it in a random order among the oldest. Only the thread whose cache it is may call.
//
// Layer: debug. Above: checked.c. Below: tls, vm/meta.
#ifndef DEBUG_QUARANTINE_H
#define DEBUG_QUARANTINE_H

#include "tls/thread_cache.h"

#include <stdbool.h>
#include <stddef.h>

// Once at start: bytes that each may hold.
void quarantine_init(size_t bytes);

// What a block counts whose memory is given back already: address space that is cut up.
size_t quarantine_weight(size_t bytes);

// Holds a block back. False: it is too large, or there is no memory for the quarantine.
bool quarantine_push(struct thread_cache *t, void *p, size_t bytes);

// A block that has to leave because of those that came after it; NULL: none. With `all`
// every block does.
void *quarantine_pop(struct thread_cache *t, bool all, size_t *bytes);

// Calls visit for each block that the caller's quarantine holds.
void quarantine_visit(struct thread_cache *t, void (*visit)(void *p, void *context), void *context);

#endif
