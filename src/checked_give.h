// SPDX-License-Identifier: MIT
// Giving a block back in a checked mode: looked at, overwritten, held back for a while.
//
// Above: checked. Below: checked_visit, route.
#ifndef CHECKED_GIVE_H
#define CHECKED_GIVE_H

#include "checked_visit.h"
#include "find.h"

// What the caller of a sized form says; 0 is nothing.
struct told {
    size_t size;
    size_t alignment;
};

void checked_give(struct visit *v, void *p, struct told told);

// Looks at a block that must be out, and reports all that is wrong with it. False: it is
// not out, so that it must not be touched. What is broken about a block that is out is as
// it must be afterwards.
bool checked_is_out(struct visit *v, void *p, size_t usable, struct tag *tag);

// realloc may move a block of any family, and makes it one of its own: others are reported.
void checked_adopt(struct visit *v, void *p, size_t usable, struct tag *tag);

// True when the block carries a tag: all do but those that went out before the options
// were read.
bool checked_has_tag(const struct found *f);

// Puts back all that the calling thread's quarantine holds.
void checked_give_held(struct visit *v);

#endif
