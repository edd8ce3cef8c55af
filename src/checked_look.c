// SPDX-License-Identifier: MIT
#include "checked.h"

#include "checked_give.h"
#include "debug/quarantine.h"
#include "debug/record.h"
#include "debug/sample.h"
#include "find.h"
#include "tls/thread.h"
#include "vm/region.h"

#include <stdint.h>

// Reports are made after the records were visited: they look at records themselves.
enum { MOST = 64 };

struct suspects {
    void *start[MOST];
    size_t count;
};

static void look_at_held(void *p, void *visit)
{
    size_t usable = usable_of(p);

    if (usable != 0) // else a run: it cannot be written to
        visit_as_left(visit, p, usable, 0, usable - TAG_BYTES);
}

static bool is_whole(const struct record *r)
{
    const void *start = (const void *)r->start;
    struct found f = find_block(start);
    size_t usable = f.usable;
    struct tag tag;
    size_t count;

    if (f.kind == BLOCK_BAD || (r->freed && f.kind != BLOCK_SLAB))
        return true; // behind guards, or soon to be
    tag = tag_read(start, usable);
    if (r->freed)
        return tag.state == TAG_FREED && visit_is_poison(start, usable - TAG_BYTES);
    // A block whose tag does not say so yet is on its way in or out.
    return tag.state == TAG_LIVE ? tag_damage(start, usable, &tag, &count) == NULL
                                 : tag.state != TAG_BROKEN;
}

static bool suspect(const struct record *r, void *context)
{
    struct suspects *s = context;

    // What is being freed is known as such by the second time, and is not gone before the table
    // of records may be used again.
    if (!is_whole(r) && !is_whole(r))
        s->start[s->count++] = (void *)r->start;
    return s->count < MOST;
}

static void report_suspect(struct visit *v, void *p)
{
    struct record r;
    struct tag tag;

    if (!record_get(p, &r))
        return;
    if (find_slab(p) == NULL) { // its memory may be gone by now
        visit_report(v, FOUND_OVERFLOW, p, r.size + TAG_BYTES, &(struct tag){.state = TAG_BROKEN},
                     NULL, 0);
        return;
    }
    if (is_whole(&r))
        return; // it was on its way in or out after all
    if (r.freed)
        look_at_held(p, v);
    else
        checked_is_out(v, p, usable_of(p), &tag);
}

// A block of a slab, whether it is out, held back, or in a list of the core.
static bool is_whole_in_slab(const char *p, size_t usable)
{
    struct tag tag = tag_read(p, usable);
    size_t count;

    if (tag.state == TAG_FREED)
        return visit_is_poison(p + CORE_BYTES, usable - TAG_BYTES - CORE_BYTES);
    return tag.state == TAG_LIVE ? tag_damage(p, usable, &tag, &count) == NULL
                                 : tag.state == TAG_BLANK;
}

static void suspect_in_slab(struct suspects *s, const struct desc *d)
{
    size_t usable = bin_divisors[d->bin].size;

    for (uint32_t i = 0; i < d->carved && s->count < MOST; i++)
        if (!is_whole_in_slab(d->base + i * usable, usable))
            s->start[s->count++] = d->base + i * usable;
}

static void suspect_in_slabs(void *suspects)
{
    char *base;
    size_t used;

    for (size_t i = 0; region_get(i, &base, &used); i++)
        for (size_t at = 0; at < used; at += UNIT) {
            const struct desc *d = desc_at(base + at);

            if (desc_kind(d) == KIND_SLAB && d->space & SPACE_CHECKED)
                suspect_in_slab(suspects, d);
        }
}

static void report_in_slab(struct visit *v, char *p)
{
    size_t usable = usable_of(p);
    struct tag tag = tag_read(p, usable);

    if (tag.state == TAG_FREED)
        visit_untouched(v, p, usable, CORE_BYTES, usable - TAG_BYTES, &tag);
    else
        checked_is_out(v, p, usable, &tag);
}

size_t checked_look_at_all(enum call call)
{
    struct visit v = VISIT(call, NULL);
    struct suspects s = {.count = 0};

    if (options.sample != 0)
        v.findings += sample_check(call, v.frame);
    if (!checked_mode())
        return v.findings;
    if (checked_is_full()) {
        record_visit(suspect, &s);
        for (size_t i = 0; i < s.count; i++)
            report_suspect(&v, s.start[i]);
    } else if (thread_while_alone(suspect_in_slabs, &s)) {
        for (size_t i = 0; i < s.count; i++)
            report_in_slab(&v, s.start[i]);
    } else if (thread_own() != NULL) {
        quarantine_visit(thread_own(), look_at_held, &v);
    }
    return v.findings;
}
