// SPDX-License-Identifier: MIT
#include "space.h"

#include "binned/slab.h"
#include "checked.h"
#include "checked_give.h"
#include "space_large.h"
#include "space_slab.h"
#include "tls/upkeep.h"
#include "vm/meta.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

static struct ikyo_space *all_spaces;    // LOCK_SPACES
static struct ikyo_space *unused_spaces; // LOCK_SPACES

static void visit_all(void (*visit)(struct ikyo_space *s))
{
    lock_take(LOCK_SPACES);
    for (struct ikyo_space *s = all_spaces; s != NULL; s = s->next_of_all) {
        lock_take_own(&s->lock);
        visit(s);
        lock_give_own(&s->lock);
    }
    lock_give(LOCK_SPACES);
}

// A space that handed nothing out since the last look is idle.
static void trim_if_idle(struct ikyo_space *s)
{
    if (s->live && s->allocations == s->allocations_seen)
        space_slab_trim(s);
    s->allocations_seen = s->allocations;
}

// Some at a time, as there may be very many: this is done by whoever calls malloc or free.
static void look_after_idle(void)
{
    enum { AT_A_TIME = 256 };
    static struct ikyo_space *next; // LOCK_SPACES
    struct ikyo_space *s;

    lock_take(LOCK_SPACES);
    s = next != NULL ? next : all_spaces;
    for (int i = 0; s != NULL && i < AT_A_TIME; i++, s = s->next_of_all) {
        lock_take_own(&s->lock);
        trim_if_idle(s);
        lock_give_own(&s->lock);
    }
    next = s;
    lock_give(LOCK_SPACES);
}

// A record of an ended space, or a new one. NULL: no memory.
static struct ikyo_space *take_record(void)
{
    struct ikyo_space *s;

    lock_take(LOCK_SPACES);
    s = unused_spaces;
    if (s != NULL)
        unused_spaces = s->next_unused;
    lock_give(LOCK_SPACES);
    if (s != NULL || (s = meta_take(sizeof(*s))) == NULL)
        return s;
    lock_take(LOCK_SPACES);
    s->next_of_all = all_spaces;
    all_spaces = s;
    lock_join(&s->lock);
    lock_give(LOCK_SPACES);
    upkeep_also(look_after_idle);
    return s;
}

static size_t limit_of(size_t set)
{
    return set != 0 ? set : SIZE_MAX;
}

struct ikyo_space *space_create(const struct ikyo_space_options *set)
{
    static const struct ikyo_space_options none;
    const struct ikyo_space_options *o = set != NULL ? set : &none;
    struct ikyo_space *s = take_record();

    if (s == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    lock_take_own(&s->lock);
    s->live = true;
    s->limit = limit_of(o->limit);
    s->at_limit = o->at_limit;
    s->context = o->context;
    s->peak_bytes = 0;
    s->allocations_before = s->allocations;
    memset(s->seen, 0, sizeof(s->seen));
    lock_give_own(&s->lock);
    return s;
}

// A live block, or a free one, of a space that ends: of the checks' concern alone.
static void forget(void *p, size_t usable, void *visit)
{
    checked_forget(visit, p, usable);
}

static void forget_slab(struct desc *d, void *visit)
{
    size_t size = bin_size(d->bin);

    for (uint32_t i = 0; d->space & SPACE_CHECKED && i < d->carved; i++)
        forget(d->base + i * size, size, visit);
}

// No lock is held, since what is found is reported. Nobody else uses what is not live.
static void forget_all(struct ikyo_space *s)
{
    struct visit v = VISIT(CALL_SPACE_END, NULL);

    space_slab_visit(s, forget_slab, &v);
    space_large_visit_tagged(s, forget, &v);
}

// Takes the space out of use. False: it was not in use.
static bool retire(struct ikyo_space *s)
{
    bool live;

    lock_take_own(&s->lock);
    live = s->live;
    s->live = false;
    lock_give_own(&s->lock);
    return live;
}

bool space_end(struct ikyo_space *s, bool destroy)
{
    if (!retire(s))
        return false;
    if (checked_mode())
        forget_all(s);
    lock_take_own(&s->lock);
    space_slab_end(s);
    space_large_end(s);
    s->bytes = s->blocks = 0;
    s->live = !destroy;
    lock_give_own(&s->lock);
    if (!destroy)
        return true;
    lock_take(LOCK_SPACES);
    s->next_unused = unused_spaces;
    unused_spaces = s;
    lock_give(LOCK_SPACES);
    return true;
}

static void trim(struct ikyo_space *s)
{
    if (s->live)
        space_slab_trim(s);
}

void space_trim(void)
{
    visit_all(trim);
}

// A large block is charged before it is taken and until it is given back, without the lock that
// fork takes. What was on its way then is on no list.
void space_fork_child(void)
{
    visit_all(space_large_recount);
}

uint64_t space_allocations(void)
{
    uint64_t sum = 0;

    lock_take(LOCK_SPACES);
    for (struct ikyo_space *s = all_spaces; s != NULL; s = s->next_of_all) {
        lock_take_own(&s->lock);
        sum += s->allocations;
        lock_give_own(&s->lock);
    }
    lock_give(LOCK_SPACES);
    return sum;
}

struct ikyo_space_figures space_figures(struct ikyo_space *s)
{
    struct ikyo_space_figures f = {0};

    lock_take_own(&s->lock);
    if (s->live)
        f = (struct ikyo_space_figures){
            .bytes = s->bytes,
            .peak_bytes = s->peak_bytes,
            .blocks = s->blocks,
            .held_bytes = s->slab_bytes + s->large_bytes,
            .limit = s->limit != SIZE_MAX ? s->limit : 0,
            .allocations = s->allocations - s->allocations_before,
        };
    lock_give_own(&s->lock);
    return f;
}

bool space_is_live(struct ikyo_space *s)
{
    bool live;

    lock_take_own(&s->lock);
    live = s->live;
    lock_give_own(&s->lock);
    return live;
}

void space_set_limit(struct ikyo_space *s, size_t limit)
{
    lock_take_own(&s->lock);
    if (s->live)
        s->limit = limit_of(limit);
    lock_give_own(&s->lock);
}
