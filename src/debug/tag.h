// SPDX-License-Identifier: MIT
// The tag: the last 8 bytes of each block of the checked modes, and what it guards.
//
//   | bytes asked for | canary ... | tag |
//   start             start + size       start + usable
//
// It says how many bytes were asked for, of which family and alignment, and whether the
// block is out, under a checksum of a secret and the address of the block; so a tag that was
// written over, copied or guessed is none. The canary bytes depend on the address. The
// application's bytes start where the block starts: alignment, sizes and descriptors are
// those of a block without a tag.
//
// Whoever reads a tag of another thread's block sees the canary that was written before it:
// tag_write and tag_end_life release, tag_read acquires.
//
// One thread at a time holds a block, but a second free may come from another thread at
// the same moment: tag_end_life decides which is first.
//
// Layer: debug. Above: checked.c. Below: base.
#ifndef DEBUG_TAG_H
#define DEBUG_TAG_H

#include "base/call.h"
#include "base/check.h"
#include "os/compiler.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    TAG_BYTES = 8,
    TAG_SLACK_MOST = (1 << 26) - 1, // canary bytes between the end asked for and the tag
    TAG_SLACK_FEW = 64,             // up to here words are written and read in line
};

enum tag_state {
    TAG_BLANK,  // the block never had one: it was not out yet
    TAG_LIVE,   // the block is out
    TAG_FREED,  // the block was given back
    TAG_BROKEN, // overwritten
};

struct tag {
    enum tag_state state;
    enum family family;
    unsigned alignment_shift; // of the alignment asked for
    size_t size;              // as asked for
    uint64_t word;            // as it was read, for tag_end_life
};

// Fixed at start, and read-only from then on (sealed.h).
extern struct TAKES_PAGES tag_secret {
    uint64_t key, turn;
    uint64_t blank; // the tag of a block that never was out
} tag_secret;

// Once at start, before the first tag.
void tag_init(uint64_t secret);

// Of a live block: bits 0..25 slack, 26..27 family, 28..33 alignment, 34..63 checksum. Of
// one that was freed: the same in reverse, turned over by a secret.
enum {
    TAG_FAMILY_AT = 26,
    TAG_ALIGNMENT_AT = 28,
    TAG_SUM_AT = 34,
};

#define TAG_FACTS (((uint64_t)1 << TAG_SUM_AT) - 1)


static inline uint64_t tag_sum(const void *start, uint64_t facts)
{
    uint64_t x = ((uint64_t)(uintptr_t)start ^ tag_secret.key) * 0x9e3779b97f4a7c15u;

    x = (x ^ x >> 32 ^ facts) * 0xff51afd7ed558ccdu;
    return (x ^ x >> 32) & ~TAG_FACTS;
}

static inline unsigned tag_shift_of(size_t alignment)
{
    return (unsigned)__builtin_ctzll(alignment);
}

static inline unsigned char tag_canary(const void *start)
{
    uint64_t x = ((uint64_t)(uintptr_t)start ^ tag_secret.key) * 0x9e3779b97f4a7c15u;

    return (unsigned char)(x >> 56 | 0x81);
}

static inline uint64_t tag_canary_word(const void *start)
{
    return tag_canary(start) * (uint64_t)0x0101010101010101u;
}

static inline _Atomic(uint64_t) *tag_word(const void *start, size_t usable)
{
    return (_Atomic(uint64_t) *)(uintptr_t)((const char *)start + usable - TAG_BYTES);
}

// What the tag of a live block says, for who needs less than tag_read tells.
static inline size_t tag_slack(uint64_t word)
{
    return word & TAG_SLACK_MOST;
}

static inline enum family tag_family(uint64_t word)
{
    return (enum family)(word >> TAG_FAMILY_AT & 3);
}

static inline unsigned tag_alignment_shift(uint64_t word)
{
    return (unsigned)(word >> TAG_ALIGNMENT_AT & 63);
}

static inline bool tag_is_whole(const void *start, size_t usable, uint64_t word)
{
    return (word & ~TAG_FACTS) == tag_sum(start, word & TAG_FACTS) &&
           tag_slack(word) <= usable - TAG_BYTES;
}

// Writes the canary into the `slack` bytes up to the tag, and into no others: the tag may be
// looked at meanwhile, and what is in front is the application's.
static inline void tag_write_canary(const void *start, char *end, size_t slack)
{
    uint64_t canary = tag_canary_word(start);

    if (unlikely(slack > TAG_SLACK_FEW)) {
        memset(end - slack, (unsigned char)canary, slack);
        return;
    }
    for (; slack >= sizeof(canary); slack -= sizeof(canary))
        memcpy(end - slack, &canary, sizeof(canary));
    for (; slack > 0; slack--)
        end[-(ptrdiff_t)slack] = (char)canary;
}

// Tags the block and writes the canary: tag.size + TAG_BYTES <= usable, by at most
// TAG_SLACK_MOST less.
static inline void tag_write(void *start, size_t usable, const struct tag *tag)
{
    uint64_t slack = usable - TAG_BYTES - tag->size;
    uint64_t facts = slack | (uint64_t)tag->family << TAG_FAMILY_AT |
                     (uint64_t)tag->alignment_shift << TAG_ALIGNMENT_AT;

    assert(slack <= TAG_SLACK_MOST);
    tag_write_canary(start, (char *)start + usable - TAG_BYTES, slack);
    atomic_store_explicit(tag_word(start, usable), tag_sum(start, facts) | facts,
                          memory_order_release);
}

static inline uint64_t tag_load(const void *start, size_t usable)
{
    return atomic_load_explicit(tag_word(start, usable), memory_order_acquire);
}

static inline struct tag tag_of_live(size_t usable, uint64_t word)
{
    return (struct tag){
        .state = TAG_LIVE,
        .family = tag_family(word),
        .alignment_shift = tag_alignment_shift(word),
        .size = usable - TAG_BYTES - tag_slack(word),
        .word = word,
    };
}

static inline struct tag tag_read(const void *start, size_t usable)
{
    uint64_t word = tag_load(start, usable);
    enum tag_state state = TAG_LIVE;
    struct tag tag;

    if (unlikely(word == tag_secret.blank))
        return (struct tag){.state = TAG_BLANK};
    if (!tag_is_whole(start, usable, word)) {
        word ^= tag_secret.turn;
        state = TAG_FREED;
        if (unlikely(!tag_is_whole(start, usable, word)))
            return (struct tag){.state = TAG_BROKEN};
    }
    tag = tag_of_live(usable, word);
    tag.state = state;
    return tag;
}

// A tag that was read as LIVE becomes FREED. False: another thread was first.
static inline bool tag_end_life(void *start, size_t usable, uint64_t live)
{
    uint64_t expected = live;

    return atomic_compare_exchange_strong_explicit(tag_word(start, usable), &expected,
                                                   live ^ tag_secret.turn, memory_order_release,
                                                   memory_order_relaxed);
}

// Takes the tag away, as of a block that never was out.
static inline void tag_blank(void *start, size_t usable)
{
    atomic_store_explicit(tag_word(start, usable), tag_secret.blank, memory_order_relaxed);
}

// The first canary byte that was overwritten, and how many from there to the last such;
// NULL when all are as they were.
const void *tag_damage(const void *start, size_t usable, const struct tag *tag, size_t *count);

// The bytes of a word that are the last `count` in memory, 1 to 7.
static inline uint64_t tag_last_bytes(size_t count)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? UINT64_MAX << (64 - 8 * count)
                                                     : UINT64_MAX >> (64 - 8 * count);
}

// True when there is no damage in the `slack` bytes up to the tag.
static inline bool tag_end_is_whole(const void *start, size_t usable, size_t slack)
{
    const char *end = (const char *)start + usable - TAG_BYTES;
    uint64_t canary = tag_canary_word(start);
    uint64_t seen;

    for (; slack >= sizeof(seen); slack -= sizeof(seen)) {
        memcpy(&seen, end - slack, sizeof(seen));
        if (unlikely(seen != canary))
            return false;
    }
    if (slack == 0)
        return true;
    // The last word, less the bytes of it that are the application's.
    memcpy(&seen, end - sizeof(seen), sizeof(seen));
    return ((seen ^ canary) & tag_last_bytes(slack)) == 0;
}

#endif
