// SPDX-License-Identifier: MIT
#include "large/huge.h"

#include "base/check.h"
#include "base/lock.h"
#include "base/option.h"
#include "large/mapping.h"
#include "os/compiler.h"
#include "os/os.h"
#include "vm/pages.h"
#include "vm/thp.h"
#include "vm/vm.h"

#include <stdint.h>

enum {
    CACHED = 2,
    KEEP_DELAYS = 4, // times purge_delay that a mapping is kept after the last was freed
};

#define CACHE_LEAST (8 * MIB)
#define CACHE_MOST (64 * MIB)

static struct huge *cached[CACHED]; // LOCK_HUGE; newest first
static struct huge_totals totals;   // LOCK_HUGE
_Atomic(uint64_t) huge_expires_ms; // when the cache is emptied; 0: it is empty

static void *address_of(const struct huge *record)
{
    return (void *)atomic_load_explicit(&record->address, memory_order_relaxed);
}

static void count_live(size_t size, bool out)
{
    lock_take(LOCK_HUGE);
    totals.blocks += out ? 1 : (size_t)-1;
    totals.bytes += out ? size : -size;
    lock_give(LOCK_HUGE);
}

static size_t cache_capacity(void)
{
    size_t set = atomic_load_explicit(&options.huge_cache, memory_order_relaxed);
    size_t limit = atomic_load_explicit(&options.cache_limit, memory_order_relaxed);
    size_t share = totals.bytes / 8;

    if (set == 0)
        set = share < CACHE_LEAST ? CACHE_LEAST : share > CACHE_MOST ? CACHE_MOST : share;
    return limit != 0 && limit < set ? limit : set;
}

// A cached mapping from half to twice the size. Its record is live again.
static struct huge *take_cached(size_t size, size_t alignment)
{
    struct huge *found = NULL;

    lock_take(LOCK_HUGE);
    for (int i = 0; i < CACHED && found == NULL; i++) {
        struct huge *h = cached[i];

        if (h == NULL || h->size / 2 > size || size / 2 > h->size ||
            ((uintptr_t)address_of(h) & (alignment - 1)) != 0)
            continue;
        found = h;
        cached[i] = NULL;
        totals.cached_bytes -= h->size;
        totals.blocks++;
        totals.bytes += h->size;
        atomic_store_explicit(&h->freed, false, memory_order_relaxed);
    }
    lock_give(LOCK_HUGE);
    return found;
}

// Takes out of the cache what no longer fits beside `more` bytes, oldest first, as
// a list to be released. Needs LOCK_HUGE.
static struct huge *evict(size_t more)
{
    size_t capacity = cache_capacity();
    struct huge *out = NULL;

    for (int i = CACHED - 1; i >= 0; i--) {
        struct huge *old = cached[i];

        if (old == NULL || totals.cached_bytes + more <= capacity)
            continue;
        totals.cached_bytes -= old->size;
        cached[i] = NULL;
        old->next = out;
        out = old;
    }
    return out;
}

// Puts a mapping first in the cache. Returns the one that falls out behind, or NULL.
static struct huge *insert_first(struct huge *h)
{
    struct huge *last = h;

    for (int i = 0; i < CACHED && last != NULL; i++) {
        struct huge *next = cached[i];

        cached[i] = last;
        last = next;
    }
    totals.cached_bytes += h->size;
    if (last != NULL)
        totals.cached_bytes -= last->size;
    return last;
}

// Keeps the mapping of a freed block for a while. Returns what is to be released
// instead, perhaps this one, as a list.
static struct huge *keep(struct huge *h)
{
    size_t delay = atomic_load_explicit(&options.purge_delay, memory_order_relaxed);
    struct huge *out, *last;

    lock_take(LOCK_HUGE);
    totals.blocks--;
    totals.bytes -= h->size;
    out = evict(h->size);
    last = totals.cached_bytes + h->size > cache_capacity() ? h : insert_first(h);
    lock_give(LOCK_HUGE);
    if (last != h)
        atomic_store_explicit(&huge_expires_ms, os_clock_ms() + KEEP_DELAYS * delay,
                              memory_order_relaxed);
    if (last != NULL) {
        last->next = out;
        out = last;
    }
    return out;
}

static void release_list(struct huge *list)
{
    while (list != NULL) {
        struct huge *next = list->next;

        mapping_release(list);
        list = next;
    }
}

static void *reuse(size_t size, size_t alignment, bool zero)
{
    struct huge *h = take_cached(size, alignment);
    void *p;

    if (h == NULL)
        return NULL;
    p = address_of(h);
    if (!zero || vm_purge(p, h->size)) {
        p = pages_round(size) == h->size ? p : huge_resize(h, size);
        if (p != NULL && ((uintptr_t)p & (alignment - 1)) == 0)
            return p;
        h = p == NULL ? h : registry_find(p);
    }
    huge_free(h);
    return NULL;
}

// A new block, entered but not counted. With alignment 0 it has room to grow.
static struct huge *create(size_t size, size_t alignment)
{
    struct huge *h = registry_new_record();

    if (h == NULL)
        return NULL;
    if (!(alignment == 0 ? mapping_create_roomy(h, size) : mapping_create(h, size, alignment))) {
        registry_discard(h);
        return NULL;
    }
    if (!registry_insert(h)) {
        mapping_release(h);
        registry_discard(h);
        return NULL;
    }
    return h;
}

void *huge_alloc(size_t size, size_t alignment, bool zero)
{
    void *p = reuse(size, alignment, zero);
    struct huge *h;

    if (p != NULL)
        return p;
    h = create(size, alignment);
    if (h == NULL)
        return NULL;
    count_live(h->size, true);
    // calloc may be for a table that is hardly filled.
    if (!zero)
        thp_advise(address_of(h), h->size, THP_DENSE);
    return address_of(h);
}

bool huge_free(struct huge *h)
{
    if (atomic_exchange_explicit(&h->freed, true, memory_order_relaxed))
        return false;
    release_list(keep(h));
    return true;
}

// Ends a block that is entered. Its record stays behind as the trace of a freed
// block, until whoever gets the address next recycles it.
static void end(struct huge *h)
{
    atomic_store_explicit(&h->freed, true, memory_order_relaxed);
    mapping_release(h);
}

static void *move_and_grow(struct huge *h, size_t size)
{
    struct huge *to = create(size, 0);

    if (to == NULL)
        return NULL;
    if (!mapping_move(h, to)) {
        end(to);
        return NULL;
    }
    count_live(to->size, true);
    count_live(h->size, false);
    end(h);
    return address_of(to);
}

void *huge_resize(struct huge *h, size_t size)
{
    size_t before = h->size;

    if (!mapping_resize(h, size))
        return size > before ? move_and_grow(h, size) : address_of(h);
    lock_take(LOCK_HUGE);
    totals.bytes += h->size - before;
    lock_give(LOCK_HUGE);
    return address_of(h);
}

void *huge_move_in(void *from, size_t old_size, size_t size)
{
    struct huge *h = create(size, 0);

    if (h == NULL)
        return NULL;
    if (!mapping_move_in(h, from, old_size)) {
        end(h);
        return NULL;
    }
    count_live(h->size, true);
    return address_of(h);
}

bool huge_trim(void)
{
    struct huge *list = NULL;

    lock_take(LOCK_HUGE);
    for (int i = 0; i < CACHED; i++)
        if (cached[i] != NULL) {
            cached[i]->next = list;
            list = cached[i];
            cached[i] = NULL;
        }
    totals.cached_bytes = 0;
    atomic_store_explicit(&huge_expires_ms, 0, memory_order_relaxed);
    lock_give(LOCK_HUGE);
    release_list(list);
    return list != NULL;
}

void huge_expire(void)
{
    if (os_clock_ms() >= atomic_load_explicit(&huge_expires_ms, memory_order_relaxed))
        huge_trim();
}

void huge_totals_get(struct huge_totals *out)
{
    lock_take(LOCK_HUGE);
    *out = totals;
    lock_give(LOCK_HUGE);
}
