// SPDX-License-Identifier: MIT
#include "checked_give.h"

#include "debug/held.h"
#include "debug/quarantine.h"
#include "debug/record.h"
#include "debug/sample.h"
#include "foreign.h"
#include "large/registry.h"
#include "os/os.h"
#include "route.h"
#include "tls/thread.h"

#include <stdint.h>
#include <string.h>

bool checked_has_tag(const struct found *f)
{
    return (f->d != NULL ? f->d->space : f->record->space) & SPACE_CHECKED;
}

// Gives a block whose tag was overwritten the one that its record knows.
static void tag_again(void *p, size_t usable, const struct record *r)
{
    struct tag tag = {.state = TAG_LIVE, .family = (enum family)r->family, .size = r->size};

    tag_write(p, usable, &tag);
    if (!r->freed)
        return;
    tag = tag_read(p, usable);
    tag_end_life(p, usable, tag.word);
}

// The tag of a block was overwritten. Only a record knows whether the block is out: without
// one it is left alone for good. True: it is out, and has its tag again.
static bool mend(struct visit *v, void *p, size_t usable, struct tag *tag)
{
    struct record r;
    bool known = checked_is_full() && record_get(p, &r);

    visit_report(v, known && r.freed ? FOUND_WRITE_AFTER_FREE : FOUND_OVERFLOW, p, usable, tag,
                 (char *)p + usable - TAG_BYTES, TAG_BYTES);
    if (!known)
        return false;
    tag_again(p, usable, &r);
    *tag = tag_read(p, usable);
    return !r.freed;
}

// In a slab the end of the block in front is its tag. If that was overwritten, and bytes of
// its own in front of the tag with it, it was from there; else from p.
static void look_in_front(struct visit *v, const struct found *f, void *p, const struct tag *tag)
{
    char *before = (char *)p - f->usable;
    struct record r = {.size = f->usable - TAG_BYTES};
    struct tag other;
    size_t count;

    if (f->kind != BLOCK_SLAB || before < slab_start(f->d))
        return;
    other = tag_read(before, f->usable);
    if (other.state != TAG_BROKEN)
        return;
    if (!record_get(before, &r)) {
        visit_report(v, FOUND_UNDERFLOW, p, f->usable, tag, (char *)p - TAG_BYTES, TAG_BYTES);
        tag_blank(before, f->usable);
        return;
    }
    other.size = r.size;
    if (!r.freed && tag_damage(before, f->usable, &other, &count) != NULL)
        visit_report(v, FOUND_OVERFLOW, before, f->usable, &other, (char *)p - TAG_BYTES,
                     TAG_BYTES);
    else
        visit_report(v, FOUND_UNDERFLOW, p, f->usable, tag, (char *)p - TAG_BYTES, TAG_BYTES);
    tag_again(before, f->usable, &r);
}

// Reads the tag of a block that must be out. False: it is not, and that was reported.
static bool has_live_tag(struct visit *v, void *p, size_t usable, struct tag *tag)
{
    *tag = tag_read(p, usable);
    if (tag->state == TAG_BLANK) {
        visit_report_bad(v, p);
        return false;
    }
    if (tag->state == TAG_FREED) {
        visit_report(v, FOUND_DOUBLE_FREE, p, usable, tag, NULL, 0);
        return false;
    }
    return tag->state != TAG_BROKEN || mend(v, p, usable, tag);
}

bool checked_look_at_end(struct visit *v, void *p, size_t usable, const struct tag *tag)
{
    size_t count;
    const void *damage = tag_damage(p, usable, tag, &count);

    if (damage != NULL)
        visit_report(v, FOUND_OVERFLOW, p, usable, tag, damage, count);
    return damage == NULL;
}

bool checked_is_out(struct visit *v, void *p, size_t usable, struct tag *tag)
{
    if (!has_live_tag(v, p, usable, tag))
        return false;
    if (!checked_look_at_end(v, p, usable, tag))
        tag_write(p, usable, tag);
    return true;
}

void checked_adopt(struct visit *v, void *p, size_t usable, struct tag *tag)
{
    enum family own = call_table[v->call].family;

    if (!checked_is_other_family(own, tag->family))
        return;
    visit_report(v, FOUND_FAMILY_MISMATCH, p, usable, tag, NULL, 0);
    tag->family = own;
    tag_write(p, usable, tag);
}

// Whether the call, and what it says, goes with the block.
static void compare(struct visit *v, const void *p, size_t usable, const struct tag *tag,
                    struct told told)
{
    if (checked_is_other_family(call_table[v->call].family, tag->family))
        visit_report(v, FOUND_FAMILY_MISMATCH, p, usable, tag, NULL, 0);
    if (told.size != 0 && told.size != tag->size)
        visit_report_told(v, FOUND_SIZE_MISMATCH, p, usable, tag, told.size, told.alignment);
    if (checked_is_other_alignment(v->call, told.alignment, tag->alignment_shift))
        visit_report_told(v, FOUND_ALIGNMENT_MISMATCH, p, usable, tag, told.size, told.alignment);
}

// A block leaves the quarantine. Its first bytes are looked at, which the lists of the core
// take; the rest, and the tag, when it goes out again. In full all at once: who wrote
// is told the sooner. After a finding the block forgets that it was tagged.
static void look_at_leaving(struct visit *v, void *p, size_t usable)
{
    bool full = checked_is_full();

    if (!full && likely(visit_is_poison(p, CORE_BYTES)))
        return;
    if (!visit_as_left(v, p, usable, 0, full ? usable - TAG_BYTES : CORE_BYTES))
        tag_blank(p, usable);
}

void checked_let_go(struct visit *v, void *p, size_t usable)
{
    struct desc *d = desc_of(p);
    bool is_held_run = d != NULL && desc_kind(d) == KIND_FREED;

    if (!is_held_run)
        look_at_leaving(v, p, usable);
    if (checked_is_full())
        record_remove(p);
    if (is_held_run)
        held_end(d);
    else
        checked_return(p);
}

static void hold_back(struct visit *v, void *p, size_t usable)
{
    struct thread_cache *t = thread_own();
    size_t bytes;

    if (t == NULL || !quarantine_push(t, p, usable)) {
        checked_let_go(v, p, usable);
        return;
    }
    while ((p = quarantine_pop(t, false, &bytes)) != NULL)
        checked_let_go(v, p, bytes);
}

static void record_end(struct visit *v, const void *p)
{
    struct record r;

    if (!record_get(p, &r))
        return;
    r.freed = true;
    r.released = v->now;
    record_put(&r);
}

static bool wants_hold(void)
{
    struct thread_cache *t = thread_own();

    return checked_is_full() || (t != NULL && quarantine_wants_run(t));
}

// Blocks of a space are not held back, so that it can end them all.
static void give_block(struct visit *v, const struct found *f, void *p, struct told told)
{
    bool is_plain = find_space_of(f) == NULL;
    struct tag tag;

    if (!has_live_tag(v, p, f->usable, &tag))
        return;
    if (!tag_end_life(p, f->usable, tag.word)) {
        tag.state = TAG_FREED;
        visit_report(v, FOUND_DOUBLE_FREE, p, f->usable, &tag, NULL, 0);
        return;
    }
    // From here on the block is this call's: of two at once only one gets here.
    checked_look_at_end(v, p, f->usable, &tag);
    compare(v, p, f->usable, &tag, told);
    if (checked_is_full())
        look_in_front(v, f, p, &tag);
    if (f->kind == BLOCK_RUN && checked_is_full())
        record_end(v, p); // whoever looks does not read what is about to have guards
    if (f->kind == BLOCK_RUN && is_plain && wants_hold() && held_begin(f->d)) {
        hold_back(v, p, quarantine_weight(f->usable));
        return;
    }
    // The memory of large blocks is not in reach of the sizes that are reused soon.
    if (f->kind != BLOCK_SLAB && (!checked_is_full() || f->usable > POISON_MOST)) {
        if (checked_is_full())
            record_remove(p);
        checked_return(p);
        return;
    }
    memset(p, poison_freed(), f->usable - TAG_BYTES);
    if (checked_is_full())
        record_end(v, p); // from here on whoever looks expects the poison
    if (is_plain)
        hold_back(v, p, f->usable);
    else
        checked_let_go(v, p, f->usable);
}

struct found checked_find(const void *p)
{
    struct found f = find_block(p);

    if (f.kind == BLOCK_FOREIGN && options.foreign_free == FOREIGN_FREE_FORWARD && !os_can_read(p))
        f.kind = BLOCK_BAD;
    return f;
}

void checked_give(struct visit *v, void *p, struct told told)
{
    struct found f = checked_find(p);

    if (f.kind == BLOCK_FOREIGN)
        foreign_free(p);
    else if (f.kind == BLOCK_SAMPLED)
        sample_free(p, v->call, v->frame);
    else if (f.kind == BLOCK_BAD)
        visit_report_bad(v, p);
    else if (checked_has_tag(&f))
        give_block(v, &f, p, told);
    else
        route_free(p, desc_of(p), v->call);
}

void checked_forget(struct visit *v, void *p, size_t usable)
{
    struct tag tag = tag_read(p, usable);

    if (tag.state == TAG_LIVE || tag.state == TAG_BROKEN)
        checked_is_out(v, p, usable, &tag);
    if (checked_is_full())
        record_remove(p);
}

void checked_give_held(struct visit *v)
{
    struct thread_cache *t = thread_own();
    size_t bytes;
    void *p;

    if (t != NULL)
        while ((p = quarantine_pop(t, true, &bytes)) != NULL)
            checked_let_go(v, p, bytes);
}
