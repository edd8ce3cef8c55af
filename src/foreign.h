// SPDX-License-Identifier: MIT
// Pointers that are not ours, as the option foreign_free wants them treated: handed
// to the allocator that follows us in load order, reported, or ignored.
//
// They come from libraries that were bound to another malloc (RTLD_DEEPBIND,
// dlmopen) and from plain bugs. None of them is read here.
#ifndef FOREIGN_H
#define FOREIGN_H

#include <stddef.h>

void foreign_free(void *p);
void *foreign_resize(void *p, size_t size);
size_t foreign_usable_size(const void *p);

#endif
