// SPDX-License-Identifier: MIT
#include "tls/remote.h"

#include "base/check.h"
#include "base/lock.h"
#include "binned/depot.h"
#include "tls/magazine.h"
#include "vm/region.h"

// The first block of a ring, once it is sent. Offsets count 16 bytes from the
// slab's base; a slab has less than 2^14 of them even with 64 KiB pages.
struct message {
    struct block *next;
    uint64_t packed;
};

static_assert(sizeof(struct message) <= BLOCK_ALIGNMENT, "a message fits the smallest block");

enum {
    OFFSET_BITS = 20,
    OFFSET_MASK = (1 << OFFSET_BITS) - 1,
    VISITS_MOST = 1 << 20, // messages that are counted
};

static uint64_t pack(const struct desc *d, const struct block *next, const struct block *last,
                     uint32_t count)
{
    uint64_t next_offset = next == NULL ? 0 : (uint64_t)((const char *)next - d->base) >> 4;
    uint64_t last_offset = (uint64_t)((const char *)last - d->base) >> 4;

    return (uint64_t)count << 2 * OFFSET_BITS | next_offset << OFFSET_BITS | last_offset;
}

// Reads a message back. False when the application wrote over it after the free, or over the
// link that led here: blocks of spaces are never sent.
static bool unpack(const struct desc *d, struct message *m, struct block **last, uint32_t *count)
{
    char *next = d->base + ((m->packed >> OFFSET_BITS & OFFSET_MASK) << 4);

    *last = (struct block *)(d->base + ((m->packed & OFFSET_MASK) << 4));
    *count = (uint32_t)(m->packed >> 2 * OFFSET_BITS);
    if (d->space & SPACE_OWNED || *count == 0 || *count > d->capacity || !slab_is_block(d, *last) ||
        !slab_is_block(d, next) || ((void *)*last == (void *)m) != (*count == 1))
        return false;
    m->next = *count == 1 ? NULL : (struct block *)next;
    return true;
}

static void post(struct thread_cache *owner, struct message *m)
{
    struct block *top = atomic_load_explicit(&owner->inbox, memory_order_relaxed);

    do
        m->next = top;
    while (!atomic_compare_exchange_weak_explicit(&owner->inbox, &top, (struct block *)m,
                                                  memory_order_seq_cst, memory_order_relaxed));
}

struct block *remote_take(struct thread_cache *t)
{
    return atomic_exchange_explicit(&t->inbox, NULL, memory_order_seq_cst);
}

static bool is_unattended(uint32_t life)
{
    return life == CACHE_POOLED || life == CACHE_NONE;
}

// The owner's thread ended while the message was on its way: nobody will look.
static void drain_unattended(struct thread_cache *t, struct thread_cache *owner)
{
    struct block *messages = NULL;

    lock_take(LOCK_CACHES);
    if (is_unattended(atomic_load_explicit(&owner->life, memory_order_relaxed)))
        messages = remote_take(owner);
    lock_give(LOCK_CACHES);
    remote_forward(t, messages);
}

// Brings a list of blocks to whoever owns their slab now; that may become t.
static void deliver(struct thread_cache *t, struct desc *d, struct block *first,
                    struct block *last, uint32_t count)
{
    for (;;) {
        struct thread_cache *owner = atomic_load_explicit(&d->owner, memory_order_relaxed);
        struct message *m = (struct message *)first;

        if (owner == t) {
            magazine_return(t, d, first, last, count);
            return;
        }
        if (owner == nobody()) {
            if (slab_claim(d, t)) {
                magazine_return(t, d, first, last, count);
                return;
            }
            continue;
        }
        if (!check(owner != NULL, report_corrupted_list("free", first)))
            return;
        m->packed = pack(d, first->next, last, count);
        post(owner, m);
        if (is_unattended(atomic_load_explicit(&owner->life, memory_order_seq_cst)))
            drain_unattended(t, owner);
        return;
    }
}

// False for what cannot be a message: the application wrote over the link to it.
static bool is_in_slab(const void *p)
{
    const struct desc *d = desc_of(p);

    return d != NULL && ((uintptr_t)p & (BLOCK_ALIGNMENT - 1)) == 0 &&
           (desc_kind(d) == KIND_SLAB || desc_kind(d) == KIND_MEMBER);
}

void remote_forward(struct thread_cache *t, struct block *messages)
{
    while (messages != NULL) {
        struct message *m = (struct message *)messages;
        struct desc *d = slab_head(desc_at(m));
        struct block *last;
        uint32_t count;

        messages = m->next;
        if (!check(messages == NULL || is_in_slab(messages), report_corrupted_list("free", m)))
            messages = NULL;
        if (!check(unpack(d, m, &last, &count), report_corrupted_list("free", m)))
            continue;
        deliver(t, d, (struct block *)m, last, count);
    }
}

void remote_drain(struct thread_cache *t)
{
    if (atomic_load_explicit(&t->inbox, memory_order_relaxed) != NULL)
        remote_forward(t, remote_take(t));
}

static void send(struct thread_cache *t, struct ring *ring)
{
    struct ring r = *ring;

    ring->slab = NULL;
    ring->count = 0;
    t->ring_bytes -= r.count * bin_size(r.slab->bin);
    deliver(t, r.slab, r.first, r.last, r.count);
}

void remote_flush(struct thread_cache *t)
{
    if (t->ring_bytes == 0)
        return;
    for (int set = 0; set < RING_SETS; set++)
        for (int way = 0; way < RING_WAYS; way++)
            if (t->rings[set][way].slab != NULL)
                send(t, &t->rings[set][way]);
}

// The ring of this slab, its most recent way first; the other way is evicted.
static struct ring *ring_of(struct thread_cache *t, struct desc *d)
{
    struct ring *set = t->rings[((uintptr_t)d >> DESC_SHIFT) % RING_SETS];
    struct ring older;

    if (set[0].slab == d)
        return &set[0];
    older = set[1];
    if (older.slab != d && older.slab != NULL) {
        send(t, &set[1]);
        older.slab = NULL;
    }
    set[1] = set[0];
    if (older.slab == NULL)
        older = (struct ring){.slab = d};
    set[0] = older;
    return &set[0];
}

bool remote_add(struct thread_cache *t, struct desc *d, struct block *p)
{
    struct ring *ring = &t->rings[((uintptr_t)d >> DESC_SHIFT) % RING_SETS][0];
    size_t size = bin_size(d->bin);
    uint32_t count = ring->count + 1;

    if (ring->slab != d || count == 1 || ring->first == p || count >= RING_BLOCKS ||
        count * size >= RING_BYTES || t->ring_bytes + size >= RINGS_BYTES)
        return false;
    p->next = ring->first;
    ring->first = p;
    ring->count = count;
    t->ring_bytes += size;
    return true;
}

void remote_free(struct thread_cache *t, struct desc *d, struct block *p)
{
    size_t size = bin_size(d->bin);
    struct ring *ring = ring_of(t, d);

    if (!check(ring->first != p || ring->count == 0, report_double_free("free", p)))
        return;
    p->next = ring->first;
    if (ring->count++ == 0) {
        p->next = NULL;
        ring->last = p;
    }
    ring->first = p;
    t->ring_bytes += size;
    if (ring->count >= RING_BLOCKS || ring->count * size >= RING_BYTES)
        send(t, ring);
    else if (t->ring_bytes >= RINGS_BYTES)
        remote_flush(t);
}

void remote_visit(struct thread_cache *t,
                  void (*visit)(const struct desc *d, size_t count, void *context),
                  void *context)
{
    struct block *at = atomic_load_explicit(&t->inbox, memory_order_acquire);

    // A block that left the inbox meanwhile may lead anywhere, even round in a circle.
    for (int left = VISITS_MOST; left > 0 && at != NULL && region_holds(at); left--) {
        struct message m = *(struct message *)at;
        struct desc *d = desc_at(at);
        uint32_t count = (uint32_t)(m.packed >> 2 * OFFSET_BITS);

        if (desc_kind(d) == KIND_MEMBER)
            d = slab_head(d);
        if (desc_kind(d) != KIND_SLAB || count == 0 || count > d->capacity)
            return;
        visit(d, count, context);
        at = m.next;
    }
}
