// SPDX-License-Identifier: MIT
// A large block is a plain one that is linked to its space, and is a plain one again before it
// is freed or resized in a way that may give it another record.
#include "space_large.h"

#include "base/check.h"
#include "large/huge.h"
#include "large/run.h"
#include "tls/slab_list.h"
#include "tls/thread.h"
#include "tls/upkeep.h"
#include "vm/pages.h"

#include <string.h>

// False: it would exceed the limit.
static bool charge(struct ikyo_space *s, size_t bytes)
{
    bool charged;

    lock_take_own(&s->lock);
    charged = space_charge(s, bytes);
    if (charged)
        s->large_bytes += bytes;
    lock_give_own(&s->lock);
    return charged;
}

// What was charged for a block turns out to be another length. Needs the lock.
static void correct(struct ikyo_space *s, size_t charged, size_t bytes)
{
    s->bytes += bytes - charged;
    s->large_bytes += bytes - charged;
}

static void own_run(struct ikyo_space *s, struct desc *d)
{
    d->space |= SPACE_OWNED;
    atomic_store_explicit(&d->owner, (struct thread_cache *)s, memory_order_relaxed);
    slab_list_push_back(&s->runs, d);
    desc_set_kind(d, KIND_SPACED);
}

static void disown_run(struct ikyo_space *s, struct desc *d)
{
    slab_list_remove(&s->runs, d);
    d->space &= (uint16_t)~SPACE_OWNED;
    atomic_store_explicit(&d->owner, NULL, memory_order_relaxed);
    desc_set_kind(d, KIND_RUN);
}

static void own_huge(struct ikyo_space *s, struct huge *h)
{
    struct huge *first = s->huge != NULL ? s->huge : h;

    h->space |= SPACE_OWNED;
    h->owner = s;
    h->next_owned = first;
    h->previous_owned = first == h ? h : first->previous_owned;
    h->previous_owned->next_owned = h;
    first->previous_owned = h;
    s->huge = first;
}

static void disown_huge(struct ikyo_space *s, struct huge *h)
{
    h->next_owned->previous_owned = h->previous_owned;
    h->previous_owned->next_owned = h->next_owned;
    if (s->huge == h)
        s->huge = h->next_owned != h ? h->next_owned : NULL;
    h->space &= (uint16_t)~SPACE_OWNED;
    h->owner = NULL;
}

static void end_resize(struct ikyo_space *s, size_t charged, size_t bytes)
{
    s->blocks++;
    correct(s, charged, bytes);
    space_note_peak(s);
}

static bool becomes_run(const struct request *r)
{
    return r->size <= run_limit() && r->alignment <= CHUNK;
}

static size_t run_room(size_t size)
{
    return pages_round(size < UNIT ? UNIT : size);
}

static size_t huge_room(size_t size)
{
    return pages_round(size + (size == 0));
}

// A run that was kept for reuse may be longer, by what goes back at once.
static void *take_run(struct thread_cache *t, struct ikyo_space *s, const struct request *r)
{
    bool is_zero;
    char *p = run_alloc(&t->runs, r->size, r->alignment, &is_zero);
    struct desc *d;

    if (p == NULL)
        return NULL;
    d = desc_at(p);
    run_resize(d, r->size);
    if (r->zero && !is_zero)
        memset(p, 0, r->size);
    lock_take_own(&s->lock);
    own_run(s, d);
    assert(run_usable_size(d) == run_room(r->size));
    space_count(s);
    lock_give_own(&s->lock);
    return p;
}

static void *take_huge(struct ikyo_space *s, const struct request *r)
{
    void *p = huge_alloc(r->size, r->alignment, r->zero);
    struct huge *h;

    if (p == NULL)
        return NULL;
    h = registry_find(p);
    lock_take_own(&s->lock);
    own_huge(s, h);
    correct(s, huge_room(r->size), h->size);
    space_count(s);
    lock_give_own(&s->lock);
    return p;
}

void *space_large_take(struct ikyo_space *s, const struct request *r, bool *at_limit)
{
    bool run = becomes_run(r);
    size_t bytes = run ? run_room(r->size) : huge_room(r->size);
    struct thread_cache *t;
    void *p;

    *at_limit = !charge(s, bytes);
    if (*at_limit)
        return NULL;
    t = thread_enter();
    upkeep_tick(t);
    p = run ? take_run(t, s, r) : take_huge(s, r);
    thread_leave(t);
    if (p == NULL) {
        lock_take_own(&s->lock);
        correct(s, bytes, 0);
        lock_give_own(&s->lock);
    }
    return p;
}

bool space_disown_run(struct desc *d, const void *p)
{
    struct ikyo_space *s = find_space(d);
    bool found;

    if (s == NULL)
        return desc_kind(d) == KIND_RUN;
    lock_take_own(&s->lock);
    found = s->live && desc_kind(d) == KIND_SPACED && find_space(d) == s && d->base == p;
    if (found) {
        correct(s, run_usable_size(d), 0);
        s->blocks--;
        disown_run(s, d);
    }
    lock_give_own(&s->lock);
    return found;
}

bool space_disown_huge(struct huge *h)
{
    struct ikyo_space *s = h->space & SPACE_OWNED ? h->owner : NULL;
    bool found;

    if (s == NULL)
        return true;
    lock_take_own(&s->lock);
    found = s->live && h->owner == s;
    if (found) {
        correct(s, h->size, 0);
        s->blocks--;
        disown_huge(s, h);
    }
    lock_give_own(&s->lock);
    return found;
}

// What is being resized is on no list, as it may be half done when another thread forks, and it is
// charged the larger of both lengths. A block that moves gets another record.
bool space_resize_run(struct ikyo_space *s, struct desc *d, size_t size)
{
    size_t before = run_usable_size(d);
    size_t most = run_room(size) > before ? run_room(size) : before;
    bool resized;

    if (!charge(s, most - before))
        return false;
    lock_take_own(&s->lock);
    s->blocks--;
    disown_run(s, d);
    lock_give_own(&s->lock);
    resized = run_resize(d, size);
    lock_take_own(&s->lock);
    own_run(s, d);
    end_resize(s, most, run_usable_size(d));
    lock_give_own(&s->lock);
    return resized;
}

void *space_resize_huge(struct ikyo_space *s, struct huge *h, size_t size)
{
    size_t before = h->size;
    size_t most = pages_round(size) > before ? pages_round(size) : before;
    void *p;

    if (!charge(s, most - before))
        return NULL;
    lock_take_own(&s->lock);
    s->blocks--;
    disown_huge(s, h);
    lock_give_own(&s->lock);
    p = huge_resize(h, size);
    h = p != NULL ? registry_find(p) : h;
    lock_take_own(&s->lock);
    own_huge(s, h);
    end_resize(s, most, h->size);
    lock_give_own(&s->lock);
    return p;
}

void space_large_end(struct ikyo_space *s)
{
    struct run_cache none = {.bytes = 0};

    while (s->runs != NULL) {
        struct desc *d = s->runs;

        disown_run(s, d);
        run_free(&none, d, d->base);
    }
    run_cache_release(&none);
    while (s->huge != NULL) {
        struct huge *h = s->huge;

        disown_huge(s, h);
        huge_free(h);
    }
    s->large_bytes = 0;
}

void space_large_recount(struct ikyo_space *s)
{
    const struct desc *d = s->runs;
    const struct huge *h = s->huge;
    size_t bytes = 0;

    if (d != NULL)
        do
            bytes += run_usable_size(d);
        while ((d = d->next) != s->runs);
    if (h != NULL)
        do
            bytes += h->size;
        while ((h = h->next_owned) != s->huge);
    correct(s, s->large_bytes, bytes);
}

void space_large_visit_tagged(struct ikyo_space *s,
                              void (*visit)(void *p, size_t usable, void *context), void *context)
{
    struct desc *d = s->runs;
    struct huge *h = s->huge;

    if (d != NULL)
        do
            if (d->space & SPACE_CHECKED)
                visit(d->base, run_usable_size(d), context);
        while ((d = d->next) != s->runs);
    if (h != NULL)
        do
            if (h->space & SPACE_CHECKED)
                visit((void *)atomic_load_explicit(&h->address, memory_order_relaxed), h->size,
                      context);
        while ((h = h->next_owned) != s->huge);
}
