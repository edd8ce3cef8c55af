// SPDX-License-Identifier: MIT
// The memory of a huge block: data, and behind it a guard page or room to grow.
//
// A page-table move (mremap) takes one OS mapping at a time, and a block that was
// moved and grown is made of several: `bounds` of the record remembers where they
// meet. Every function works on the caller's own block and holds no lock.
//
// Layer: large. Above: huge. Below: registry (the record), vm.
#ifndef LARGE_MAPPING_H
#define LARGE_MAPPING_H

#include "large/registry.h"

// Maps zero pages for size bytes and writes the record's address, size and kind of
// guard. False: no memory. The roomy form reserves twice the size if it can.
bool mapping_create(struct huge *h, size_t size, size_t alignment);
bool mapping_create_roomy(struct huge *h, size_t size);

// Gives memory and address space back. The record is not touched once they are gone.
void mapping_release(const struct huge *h);

// Grows into the room or shrinks. False when there is no room or no memory.
bool mapping_resize(struct huge *h, size_t size);

// Moves the contents of a block to another, new one that is at least as large, and
// copies what the OS cannot move. The source stays mapped, its contents lost; after
// false, for want of memory, they are as before.
bool mapping_move(const struct huge *from, struct huge *to);

// Moves `size` bytes of pages in a region to a new block; the region keeps zero
// pages. False when the OS cannot.
bool mapping_move_in(struct huge *to, void *from, size_t size);

#endif
