// SPDX-License-Identifier: MIT
// The short ways of hardened: small blocks that the thread has at hand, and that are as they
// must be. What is not is left to the general ways (checked_take.h, checked_give.h), which
// look again and report. In line, as both are the greater part of what calls them.
//
// Above: checked. Below: checked_take, checked_give, tls/quick.
#ifndef CHECKED_QUICK_H
#define CHECKED_QUICK_H

#include "alloc.h"
#include "binned/slab.h"
#include "checked_give.h"
#include "checked_take.h"
#include "debug/quarantine.h"
#include "find.h"
#include "tls/quick.h"
#include "tls/thread.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// A block that is being freed, with its tag as it was while it was out, was written behind.
void checked_quick_damaged(void *p, size_t bytes, uint64_t tag, enum call call);

// A block leaves the quarantine that is not small, or was written to.
void checked_quick_let_go(void *p, size_t bytes, enum call call);

// The words between those of the core and the tag; an odd number, as the tag is one of the
// even number that a block has.
static inline bool rest_is_zero(const struct block *b, size_t usable)
{
    const char *at = (const char *)b + CORE_BYTES;
    const char *end = (const char *)b + usable - TAG_BYTES;
    uint64_t seen, next[2];

    memcpy(&seen, at, sizeof(seen));
    for (at += sizeof(seen); at < end; at += sizeof(next)) {
        memcpy(next, at, sizeof(next));
        seen |= next[0] | next[1];
    }
    return seen == 0;
}

// True when a block that is free reads as it was left; all but what the core keeps in it
// reads zero then.
static inline bool is_as_left(struct block *b, size_t usable)
{
    uint64_t tag = tag_load(b, usable);

    if (tag == tag_secret.blank) {
        memset((char *)b + CORE_BYTES, 0, usable - CORE_BYTES - TAG_BYTES);
        return true;
    }
    return tag_is_whole(b, usable, tag ^ tag_secret.turn) && rest_is_zero(b, usable);
}

// The next block of the bin, off its list; NULL also where a link leads astray.
static inline struct block *pop(struct thread_cache *t, unsigned bin)
{
    struct block *b = t->head[bin];

    if (b == NULL)
        return quick_refill(t, bin);
    if (unlikely(!slab_is_block(t->current[bin], b)))
        return NULL;
    t->head[bin] = b->next;
    return b;
}

// A block as of checked_take. NULL: nothing was done. Neither touches errno.
ALWAYS_INLINE void *checked_quick_take(size_t size, size_t alignment, enum call call)
{
    struct thread_cache *t = thread_own();
    struct block *b;
    size_t usable;
    unsigned bin;

    if (checked_is_full() || unlikely(size > BIN_MAX - TAG_BYTES) || unlikely(t == NULL) ||
        unlikely(alignment != BLOCK_ALIGNMENT) || unlikely(options.sample != 0))
        return NULL;
    bin = bin_of(checked_room(size));
    b = pop(t, bin);
    if (b == NULL)
        return NULL;
    usable = bin_divisors[bin].size;
    if (unlikely(!(t->current[bin]->space & SPACE_CHECKED)) || unlikely(!is_as_left(b, usable))) {
        b->next = t->head[bin];
        t->head[bin] = b;
        return NULL;
    }
    memset(b, 0, CORE_BYTES);
    tag_write(b, usable, &(struct tag){.size = size,
                                       .family = call_table[call].family,
                                       .alignment_shift = tag_shift_of(BLOCK_ALIGNMENT)});
    return b;
}

// Whether the call, and what it says, goes with the block.
static inline bool is_as_told(enum call call, struct told told, size_t usable, uint64_t tag)
{
    return !checked_is_other_family(call_table[call].family, tag_family(tag)) &&
           (told.size == 0 || told.size == usable - TAG_BYTES - tag_slack(tag)) &&
           !checked_is_other_alignment(call, told.alignment, tag_alignment_shift(tag));
}

// A block leaves the quarantine: the core has it back if nobody wrote to it. False: somebody
// did, or it is no small block.
static inline bool put_back(struct thread_cache *t, void *p)
{
    struct desc *d = desc_at(p);
    uint64_t core[2];

    static_assert(sizeof(core) == CORE_BYTES, "all of it is looked at");
    if (unlikely(desc_kind(d) == KIND_FREED))
        return false; // a run behind guards: it faults
    memcpy(core, p, sizeof(core));
    if (unlikely((core[0] | core[1]) != 0))
        return false;
    d = slab_head(d);
    if (likely(atomic_load_explicit(&d->owner, memory_order_relaxed) == t))
        push_block(d, p, CALL_FREE);
    else
        checked_return(p);
    return true;
}

// Gives a block back, of which p may be any pointer. False: nothing was done.
ALWAYS_INLINE bool checked_quick_give(void *p, struct told told, enum call call)
{
    const struct desc *d = find_slab(p);
    struct thread_cache *t = thread_own();
    uint64_t tag;
    size_t bytes;

    if (unlikely(d == NULL) || unlikely(d->space != SPACE_CHECKED) || unlikely(t == NULL) ||
        checked_is_full())
        return false;
    bytes = bin_divisors[d->bin].size;
    tag = tag_load(p, bytes);
    if (unlikely(!tag_is_whole(p, bytes, tag)) || unlikely(!is_as_told(call, told, bytes, tag)) ||
        unlikely(!tag_end_life(p, bytes, tag)))
        return false;
    // From here on the block is this call's: of two at once only one gets here.
    if (unlikely(!tag_end_is_whole(p, bytes, tag_slack(tag))))
        checked_quick_damaged(p, bytes, tag, call);
    memset(p, 0, bytes - TAG_BYTES);
    if (likely(quarantine_push(t, p, bytes)))
        p = quarantine_pop(t, false, &bytes);
    for (; p != NULL; p = quarantine_pop(t, false, &bytes))
        if (unlikely(!put_back(t, p)))
            checked_quick_let_go(p, bytes, call);
    return true;
}

#endif
