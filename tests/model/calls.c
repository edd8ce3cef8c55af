// SPDX-License-Identifier: MIT
// The slow paths of the public calls, as src/alloc.c and src/api.c have them for small
// blocks. The hit paths are those of alloc.h.
#include "calls.h"

#include "search.h"

#include "alloc.h"
#include "binned/depot.h"
#include "tls/magazine.h"
#include "tls/quick.h"
#include "tls/upkeep.h"
#include "tls/slab_source.h"
#include "tls/thread.h"

void *alloc_miss(size_t size, enum call call, unsigned bin)
{
    struct block *b = quick_refill(cache_current(), bin);
    struct thread_cache *t;

    (void)size;
    (void)call;
    if (b != NULL)
        return b;
    t = thread_enter();
    b = t->head[bin];
    if (b != NULL)
        t->head[bin] = b->next;
    else
        b = magazine_refill(t, bin);
    thread_leave(t);
    return b;
}

void free_undescribed(void *p, enum call call)
{
    (void)call;
    search_fail("%p is no block of ours", p);
}

void *alloc_medium(size_t size, struct thread_cache *t, enum call call)
{
    (void)t;
    (void)call;
    search_fail("%zu bytes are no small block", size);
}

void free_slow(void *p, struct desc *d, enum call call)
{
    struct desc *head = slab_head(d);
    struct thread_cache *owner = atomic_load_explicit(&head->owner, memory_order_relaxed);
    struct thread_cache *t;

    if (owner == cache_current()) {
        push_block(head, p, call);
        return;
    }
    if (owner == nobody() ? quick_claim(cache_current(), head, p)
                          : quick_send(cache_current(), head, p))
        return;
    t = thread_enter();
    if (desc_kind(head) != KIND_SLAB || !slab_is_block(head, p))
        search_fail("a block is freed whose slab is gone");
    magazine_free(t, head, p);
    thread_leave(t);
}

void free_event(struct desc *d)
{
    if (!quick_event(cache_current(), d))
        magazine_event(cache_current(), d);
}

void free_twice(void *p, enum call call)
{
    (void)call;
    search_fail("%p is on top of the list of its slab already", p);
}

void call_flush_thread(void)
{
    struct thread_cache *t = thread_enter();

    magazine_release_all(t);
    thread_leave(t);
}

void call_flush_all(void)
{
    upkeep_ask_all_to_flush();
    call_flush_thread();
}

static void release_units(struct thread_cache *t, void *context)
{
    (void)context;
    slab_source_release(t);
}

void call_trim(void)
{
    struct thread_cache *t;

    call_flush_thread();
    t = thread_enter();
    magazine_trim_depots(t);
    thread_leave(t);
    thread_visit_caches(release_units, NULL);
}
