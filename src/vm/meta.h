// SPDX-License-Identifier: MIT
// Memory for the allocator's own records: zeroed, never given back.
#ifndef VM_META_H
#define VM_META_H

#include <stddef.h>

// size bytes on a cache line of their own. NULL: no memory. Takes LOCK_META.
void *meta_take(size_t size);

// Calls visit for each mapping that records were ever taken from, under LOCK_META.
void meta_visit(void (*visit)(const void *p, size_t size, void *context), void *context);

#endif
