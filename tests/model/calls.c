// SPDX-License-Identifier: MIT
// The slow paths of the public calls, as src/alloc.c and src/api.c have them for small
// blocks. The hit paths are those of alloc.h.
#include "calls.h"

#include "search.h"

#include "alloc.h"
#include "binned/slab.h"
#include "tls/magazine.h"
#include "tls/upkeep.h"
#include "tls/slab_source.h"
#include "tls/thread.h"

void *alloc_slow(size_t size)
{
    struct thread_cache *t = thread_enter();
    unsigned bin = bin_of(size);
    struct block *b = t->head[bin];

    if (b != NULL)
        t->head[bin] = b->next;
    else
        b = magazine_refill(t, bin);
    thread_leave(t);
    return b;
}

void *alloc_medium(size_t size)
{
    search_fail("%zu bytes are no small block", size);
}

void free_slow(void *p)
{
    struct desc *head = slab_head(desc_of(p));
    struct thread_cache *t;

    if (head != desc_of(p) &&
        atomic_load_explicit(&head->owner, memory_order_relaxed) == cache_current()) {
        push_block(head, p);
        return;
    }
    t = thread_enter();
    if (desc_kind(head) != KIND_SLAB || !slab_is_block(head, p))
        search_fail("a block is freed whose slab is gone");
    magazine_free(t, head, p);
    thread_leave(t);
}

void free_event(struct desc *d)
{
    magazine_event(cache_current(), d);
}

void free_twice(void *p)
{
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
