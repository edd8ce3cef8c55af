// SPDX-License-Identifier: MIT
#include "space.h"

#include "base/report.h"
#include "oom.h"
#include "space_large.h"
#include "space_slab.h"
#include "tls/thread.h"
#include "tls/upkeep.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

// There is no thread of ours that would look after what comes of age.
static void look_after(void)
{
    int saved = errno;
    struct thread_cache *t = thread_enter();

    upkeep_tick(t);
    thread_leave(t);
    errno = saved;
}

static void *take_small(struct ikyo_space *s, const struct request *r, bool *at_limit)
{
    struct space_block taken = {.block = NULL};

    lock_take_own(&s->lock);
    *at_limit = !space_charge(s, bin_size(r->bin));
    if (likely(!*at_limit)) {
        taken = space_slab_take(s, r->bin);
        if (likely(taken.block != NULL))
            space_count(s);
        else
            s->bytes -= bin_size(r->bin);
    }
    lock_give_own(&s->lock);
    if (unlikely(taken.broken))
        report_corrupted_list("ikyo_space_alloc", taken.block);
    if (unlikely(taken.grew))
        look_after();
    if (taken.block != NULL && r->zero)
        memset(taken.block, 0, r->size);
    return taken.block;
}

static COLD bool may_try_again(struct ikyo_space *s, size_t size)
{
    if (!space_is_live(s)) {
        report_ended_space("ikyo_space_alloc", s);
        return false;
    }
    return s->at_limit != NULL && s->at_limit(s, size, s->context);
}

static inline void *take(struct ikyo_space *s, const struct request *r, bool *at_limit)
{
    return r->bin < BIN_COUNT ? take_small(s, r, at_limit) : space_large_take(s, r, at_limit);
}

void *space_try_alloc(struct ikyo_space *s, const struct request *r)
{
    bool at_limit;

    return take(s, r, &at_limit);
}

// Asks whoever could make room, as long as he can.
static NOINLINE void *take_with_relief(struct ikyo_space *s, const struct request *r)
{
    int saved = errno;
    int attempt = 0;
    void *p = NULL;

    while (r->size <= PTRDIFF_MAX) {
        bool at_limit;

        p = take(s, r, &at_limit);
        if (likely(p != NULL))
            break;
        if (at_limit ? !may_try_again(s, r->size) : !oom_relieve(r->size, r->alignment, attempt++))
            break;
    }
    errno = p != NULL ? saved : ENOMEM;
    return p;
}

void *space_alloc(struct ikyo_space *s, const struct request *r)
{
    bool at_limit;
    void *p = likely(r->bin < BIN_COUNT) ? take_small(s, r, &at_limit) : NULL;

    return likely(p != NULL) ? p : take_with_relief(s, r);
}

bool space_free_block(struct desc *d, void *p)
{
    struct ikyo_space *s = find_space(d);
    bool given = false;

    if (s == NULL)
        return false;
    lock_take_own(&s->lock);
    // Of two frees at once the first may have ended the slab.
    if (s->live && desc_kind(d) == KIND_SLAB && find_space(d) == s && slab_is_block(d, p)) {
        size_t size = bin_size(d->bin);

        given = space_slab_give(s, d, p);
        s->bytes -= given ? size : 0;
        s->blocks -= given;
    }
    lock_give_own(&s->lock);
    return given;
}
