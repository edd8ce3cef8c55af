// SPDX-License-Identifier: MIT
// Giving a block back in a checked mode: looked at, overwritten, held back for a while.
//
// Above: checked. Below: checked_visit, route.
#ifndef CHECKED_GIVE_H
#define CHECKED_GIVE_H

#include "checked_visit.h"
#include "find.h"
#include "os/compiler.h"

// What the caller of a sized form says; 0 is nothing.
struct told {
    size_t size;
    size_t alignment;
};

// What p is. Where nothing can be read there is no block of another allocator either, as at the
// pointers that freed memory reads: a report says more than the fault of whoever is handed it on.
struct found checked_find(const void *p);

void checked_give(struct visit *v, void *p, struct told told);

// Whether `call` says another alignment than the block has, 1 << shift. Those that every block
// has need not be said. C++ has calls of their own for others, C gives back all by free.
static inline bool checked_is_other_alignment(enum call call, size_t told, unsigned shift)
{
    size_t alignment = (size_t)1 << shift;

    if (likely(told == 0))
        return alignment > BLOCK_ALIGNMENT && call_table[call].family != FAMILY_MALLOC;
    return told != alignment && (told > BLOCK_ALIGNMENT || alignment > BLOCK_ALIGNMENT);
}

// Whether a call of a family may be given a block of another one.
static inline bool checked_is_other_family(enum family of_call, enum family of_block)
{
    return unlikely(of_call != of_block) && options.families == FAMILIES_COMPARE;
}

// Reports what was written behind the end of the block. True: nothing was.
bool checked_look_at_end(struct visit *v, void *p, size_t usable, const struct tag *tag);

// A block leaves the quarantine: it is looked at, and goes back to where it came from.
void checked_let_go(struct visit *v, void *p, size_t usable);

// Looks at a block that must be out, and reports all that is wrong with it. False: it is
// not out, so that it must not be touched. What is broken about a block that is out is as
// it must be afterwards.
bool checked_is_out(struct visit *v, void *p, size_t usable, struct tag *tag);

// realloc may move a block of any family, and makes it one of its own: others are reported.
void checked_adopt(struct visit *v, void *p, size_t usable, struct tag *tag);

// True when the block carries a tag: all do but those that went out before the options
// were read.
bool checked_has_tag(const struct found *f);

// Ends a block of a space that ends: one that is out is looked at, and there is no record of it.
void checked_forget(struct visit *v, void *p, size_t usable);

// Puts back all that the calling thread's quarantine holds.
void checked_give_held(struct visit *v);

#endif
