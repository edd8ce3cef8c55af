// SPDX-License-Identifier: MIT
// A space: slabs, runs and huge blocks of its own under one lock.
//
//   struct ikyo_space -> partial[bin], full: slabs -> blocks
//                     -> runs, huge: a block each
//
// What a space has says so by SPACE_OWNED, and its owner is the space: no hit path takes that
// for a thread's cache, and no short way for nobody. So every free that does not come through
// ikyo_space_free ends on the long way (route.c), and gives the block back under the space's
// lock, whichever thread it is. No block of a space is ever in a magazine, a ring, an inbox, a
// depot or a quarantine, so the lists below lead to all there is, and destroy leaves nothing.
//
//   SPACE_OWNED, owner      written under the lock, or before a new slab is listed; fixed while
//                           a block is out, and so read without the lock by who holds the block
//   all else of a slab      under the lock, but what is fixed (vm/directory.h)
//   length of a large block by the thread that holds it
//
// Records of spaces are never given back: a stale pointer to one finds that it is not live.
// Lock order: LOCK_SPACES (the list of all), a space's, then huge, pages and meta. The caller of
// at_limit, of a report and of upkeep holds none.
//
// Above: route, resize, checked, engine/space. Below: space_slab, tls, large.
#ifndef SPACE_H
#define SPACE_H

#include "base/lock.h"
#include "binned/bin.h"
#include "find.h"
#include "ikyoalloc/space.h"
#include "route.h"

// Empty slabs that a space keeps.
enum { SPACE_KEPT = 4 };

// Everything under `lock`, but for what is said.
struct ikyo_space {
    struct lock lock;
    bool live;                       // created, and not destroyed
    bool seen[BIN_COUNT];            // bins that it ever had a slab of
    struct desc *partial[BIN_COUNT]; // circular lists of slabs with free or uncarved blocks
    struct desc *full;               // of those with none
    struct desc *kept[SPACE_KEPT];   // slabs without a block out, the oldest first
    struct desc *runs;               // circular list
    struct huge *huge;               // circular list
    size_t limit;                    // SIZE_MAX: none
    size_t bytes;                    // charged
    size_t peak_bytes;               // the most that `bytes` was when a block went out
    size_t large_bytes;              // of `bytes`
    size_t slab_bytes;               // in slabs
    size_t kept_bytes;               // of them, in `kept`
    size_t blocks;                   // out
    uint64_t allocations;            // of all lives of this record
    uint64_t allocations_before;     // of those before this one
    uint64_t allocations_seen;       // when upkeep looked last
    struct ikyo_space *next_of_all;  // fixed    every record ever made
    struct ikyo_space *next_unused;  // LOCK_SPACES
    void *context;                   // fixed while live, as the next

    bool (*at_limit)(struct ikyo_space *space, size_t size, void *context);
};

// Needs the lock. False: it would exceed the limit, which may be below what is charged already,
// or the space has ended.
static inline bool space_charge(struct ikyo_space *s, size_t bytes)
{
    size_t room = s->limit > s->bytes ? s->limit - s->bytes : 0;

    if (!s->live || bytes > room)
        return false;
    s->bytes += bytes;
    return true;
}

// What was charged is out. Needs the lock; so does the next.
static inline void space_note_peak(struct ikyo_space *s)
{
    if (s->bytes > s->peak_bytes)
        s->peak_bytes = s->bytes;
}

// A block that was charged goes out.
static inline void space_count(struct ikyo_space *s)
{
    s->blocks++;
    s->allocations++;
    space_note_peak(s);
}

// As ikyo_space_create; the library is up.
struct ikyo_space *space_create(const struct ikyo_space_options *options);

// Ends all blocks, and with `destroy` the space. False: it was no live one.
bool space_end(struct ikyo_space *s, bool destroy);

// As route_alloc.
void *space_alloc(struct ikyo_space *s, const struct request *r);

// The same if it can be had at once: neither at_limit nor anyone who could free memory is asked.
void *space_try_alloc(struct ikyo_space *s, const struct request *r);

// Gives back a block of a slab that a space has. False: none is out at p, which may be any pointer.
// Keeps errno.
bool space_free_block(struct desc *d, void *p);

// Makes a run or a huge block of a space a plain one, for its owner to free. False: it is none
// any more. What is none of a space is left as it is.
bool space_disown_run(struct desc *d, const void *p);
bool space_disown_huge(struct huge *h);

// As run_resize and huge_resize, of a space's within its limit.
bool space_resize_run(struct ikyo_space *s, struct desc *d, size_t size);
void *space_resize_huge(struct ikyo_space *s, struct huge *h, size_t size);

// Gives back the empty slabs that spaces keep.
void space_trim(void);

// In the child of a fork: what other threads were taking, giving or resizing is charged no more.
void space_fork_child(void);

// Blocks ever handed out, of all spaces.
uint64_t space_allocations(void);

bool space_is_live(struct ikyo_space *s);
struct ikyo_space_figures space_figures(struct ikyo_space *s);
void space_set_limit(struct ikyo_space *s, size_t limit);

#endif
