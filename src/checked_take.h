// SPDX-License-Identifier: MIT
// Taking a block in a checked mode: a plain one, looked at, filled, and dressed.
//
// Above: checked. Below: checked_visit, route.
#ifndef CHECKED_TAKE_H
#define CHECKED_TAKE_H

#include "checked_visit.h"

// Bytes to ask the core for.
static inline size_t checked_room(size_t size)
{
    return (size < CORE_BYTES ? CORE_BYTES : size) + TAG_BYTES;
}

// A block for a call that is under way; NULL and ENOMEM: no memory.
void *checked_take(struct visit *v, size_t size, size_t alignment, bool zero);

// Tags a block as out, with `size` bytes asked for, and records it; of a slab, one that has a tag.
// False: there was no memory for the record, as there is for one that has one, and it has no tag.
bool checked_dress(struct visit *v, void *p, size_t usable, size_t size, size_t alignment);

#endif
