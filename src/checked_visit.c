// SPDX-License-Identifier: MIT
#include "checked_visit.h"

#include "alloc.h"
#include "debug/record.h"
#include "debug/stack.h"
#include "find.h"
#include "large/registry.h"
#include "os/os.h"
#include "route.h"
#include "tls/thread.h"
#include "vm/pages.h"

#include <stdatomic.h>
#include <string.h>

static _Atomic(uint64_t) sequence;

void visit_keep_event(struct visit *v)
{
    v->now = (struct event){
        .stack = stack_capture(v->frame),
        .thread = os_thread_id(),
        .sequence = atomic_fetch_add_explicit(&sequence, 1, memory_order_relaxed) + 1,
    };
}

size_t usable_of(const void *p)
{
    const struct desc *d = find_slab(p);

    return likely(d != NULL) ? bin_divisors[d->bin].size : find_block(p).usable;
}

// What the tag and the record say; the record is left in r, for as long as the facts are used.
static struct block_facts facts_of(const void *start, size_t usable, const struct tag *tag,
                                   struct record *r)
{
    struct block_facts b = {.start = start, .size = usable - TAG_BYTES};

    if (checked_is_full() && record_get(start, r)) {
        b.size = r->size;
        b.size_is_known = true;
        b.freed = r->freed;
        b.family = (enum family)r->family;
        b.allocated = r->allocated;
        b.released = r->released;
        b.source = &r->source;
    } else if (tag->state == TAG_LIVE || tag->state == TAG_FREED) {
        b.size = tag->size;
        b.size_is_known = true;
        b.freed = tag->state == TAG_FREED;
        b.family = tag->family;
    }
    return b;
}

static struct finding finding_of(enum finding_kind kind, struct visit *v, const void *p)
{
    struct event now = v->now;

    v->findings++;
    if (now.thread == 0)
        now.thread = os_thread_id();
    if (now.stack == 0)
        now.stack = stack_capture(v->frame);
    return (struct finding){.kind = kind, .call = v->call, .pointer = p, .now = now};
}

void visit_report(struct visit *v, enum finding_kind kind, const void *start, size_t usable,
                  const struct tag *tag, const void *damage, size_t count)
{
    struct finding f = finding_of(kind, v, start);
    struct record r;

    f.block = facts_of(start, usable, tag, &r);
    f.damage = damage;
    f.damage_size = count;
    finding_report(&f);
}

void visit_report_told(struct visit *v, enum finding_kind kind, const void *start, size_t usable,
                       const struct tag *tag, size_t size, size_t alignment)
{
    struct finding f = finding_of(kind, v, start);
    struct record r;

    f.block = facts_of(start, usable, tag, &r);
    f.told_size = size;
    f.told_alignment = alignment;
    finding_report(&f);
}

void visit_report_bad(struct visit *v, const void *p)
{
    const struct desc *d = desc_of(p);
    bool was_block = d != NULL && d->base == p && (desc_kind(d) == KIND_FREED ||
                                                   desc_kind(d) == KIND_EXTENT);
    bool is_free = was_block || registry_find(p) != NULL || (d != NULL && pages_are_free(p));
    struct finding f = finding_of(is_free ? FOUND_DOUBLE_FREE : FOUND_INVALID_POINTER, v, p);
    struct record r;

    if (checked_is_full() && record_find_near(p, &r))
        f.block = facts_of((const void *)r.start, r.size + TAG_BYTES,
                           &(struct tag){.state = TAG_BROKEN}, &r);
    finding_report(&f);
}

// The first byte that is not `byte`; `end` if there is none. Eight words are looked at
// together, since they nearly always are what they should be.
static const unsigned char *first_other(const unsigned char *at, const unsigned char *end,
                                        unsigned char byte)
{
    uint64_t word = byte * (uint64_t)0x0101010101010101u;

    for (; end - at >= 64; at += 64) {
        uint64_t seen[8], other = 0;

        memcpy(seen, at, sizeof(seen));
        for (int i = 0; i < 8; i++)
            other |= seen[i] ^ word;
        if (other != 0)
            break;
    }
    for (; end - at >= 8; at += 8) {
        uint64_t seen;

        memcpy(&seen, at, 8);
        if (seen != word)
            break;
    }
    while (at < end && *at == byte)
        at++;
    return at;
}

bool visit_is_poison(const void *start, size_t count)
{
    const unsigned char *end = (const unsigned char *)start + count;

    return first_other(start, end, poison_freed()) == end;
}

bool visit_as_left(struct visit *v, void *p, size_t usable, size_t from, size_t to)
{
    struct tag tag = tag_read(p, usable);

    if (likely(tag.state == TAG_FREED))
        return visit_untouched(v, p, usable, from, to, &tag);
    visit_report(v, FOUND_WRITE_AFTER_FREE, p, usable, &tag, (char *)p + usable - TAG_BYTES,
                 TAG_BYTES);
    return false;
}

bool visit_untouched(struct visit *v, void *p, size_t usable, size_t from, size_t to,
                     const struct tag *tag)
{
    unsigned char poison = poison_freed();
    const unsigned char *end = (unsigned char *)p + to;
    const unsigned char *at = first_other((unsigned char *)p + from, end, poison);

    if (likely(at == end))
        return true;
    while (end[-1] == poison)
        end--;
    visit_report(v, FOUND_WRITE_AFTER_FREE, p, usable, tag, at, (size_t)(end - at));
    return false;
}

void checked_return(void *p)
{
    struct desc *d = find_slab(p);

    if (d != NULL && atomic_load_explicit(&d->owner, memory_order_relaxed) == thread_own())
        push_block(d, p, CALL_FREE);
    else
        route_free(p, desc_of(p), CALL_FREE);
}
