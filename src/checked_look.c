// SPDX-License-Identifier: MIT
#include "checked.h"

#include "checked_give.h"
#include "debug/quarantine.h"
#include "debug/record.h"
#include "tls/thread.h"

#include <stdint.h>

// Reports are made after the records were visited: they look at records themselves.
enum { MOST = 64 };

struct suspects {
    void *start[MOST];
    size_t count;
};

static void look_at_held(void *p, void *visit)
{
    struct visit *v = visit;
    size_t usable = usable_of(p);
    struct tag tag = tag_read(p, usable);

    if (tag.state == TAG_FREED)
        visit_untouched(v, p, usable, 0, usable - TAG_BYTES, &tag);
    else
        visit_report(v, FOUND_WRITE_AFTER_FREE, p, usable, &tag,
                     (char *)p + usable - TAG_BYTES, TAG_BYTES);
}

static bool is_whole(const struct record *r)
{
    const void *start = (const void *)r->start;
    size_t usable = usable_of(start);
    struct tag tag = tag_read(start, usable);
    size_t count;

    if (r->freed)
        return tag.state == TAG_FREED && visit_is_poison(start, usable - TAG_BYTES);
    // A block whose tag does not say so yet is on its way in or out.
    return tag.state == TAG_LIVE ? tag_damage(start, usable, &tag, &count) == NULL
                                 : tag.state != TAG_BROKEN;
}

static bool suspect(const struct record *r, void *context)
{
    struct suspects *s = context;

    if (!is_whole(r))
        s->start[s->count++] = (void *)r->start;
    return s->count < MOST;
}

static void report_suspect(struct visit *v, void *p)
{
    struct record r;
    struct tag tag;

    if (!record_get(p, &r))
        return;
    if (r.freed)
        look_at_held(p, v);
    else
        checked_is_out(v, p, usable_of(p), &tag);
}

size_t checked_look_at_all(enum call call)
{
    struct visit v = VISIT(call);
    struct suspects s = {.count = 0};

    if (checked_is_full()) {
        record_visit(suspect, &s);
        for (size_t i = 0; i < s.count; i++)
            report_suspect(&v, s.start[i]);
    } else if (thread_own() != NULL) {
        quarantine_visit(thread_own(), look_at_held, &v);
    }
    return v.findings;
}
