// SPDX-License-Identifier: MIT
// Memory for the allocator's own records: zeroed, never given back.
#ifndef VM_META_H
#define VM_META_H

#include <stddef.h>

// size bytes on a cache line of their own. NULL: no memory. Takes LOCK_META.
void *meta_take(size_t size);

#endif
