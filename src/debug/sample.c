// SPDX-License-Identifier: MIT
// Slot i has page 2 * i + 1 of the guarded ones. Those of even numbers are the guards between,
// which are opened after a report only.
#include "debug/sample.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/lock.h"
#include "debug/access.h"
#include "debug/finding.h"
#include "debug/stack.h"
#include "os/fault.h"
#include "os/os.h"
#include "vm/vm.h"

#include <string.h>

enum {
    FILL = 0xCB,      // beside a block: not zero, no text, no pointer
    AGAIN_MOST = 100, // as many threads may have meant a freed block at once
};

static_assert(GUARDED_PAGES == 2 * SAMPLE_SLOTS + 1, "a guard on both sides of each slot");

struct slot {
    struct block_facts block; // without start: never used
    bool reported;            // an access to it, or near it, that faulted
    unsigned made_again;      // accesses to it that faulted while it was live
};

static struct slot slots[SAMPLE_SLOTS]; // LOCK_SAMPLE
static uint64_t sequence;               // LOCK_SAMPLE; of blocks sampled and freed

// The slots that were freed, in a ring: the first is used again when all were used once.
static uint16_t queue[SAMPLE_SLOTS];               // LOCK_SAMPLE
static size_t queue_head, queue_count, slots_used; // LOCK_SAMPLE

static struct event event_now(const void *frame)
{
    return (struct event){.stack = frame != NULL ? stack_capture(frame) : 0,
                          .thread = os_thread_id()};
}

// ---- chance ----

// Two threads that draw at once may draw the same: nothing depends on it.
static uint64_t draw(void)
{
    static _Atomic(uint64_t) state;
    uint64_t x = atomic_load_explicit(&state, memory_order_relaxed);

    if (x == 0)
        x = os_random_seed() | 1;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    atomic_store_explicit(&state, x, memory_order_relaxed);
    return x * 0x2545f4914f6cdd1du >> 16;
}

bool sample_draw(uint64_t handed)
{
    return draw() % options.sample < handed;
}

// ---- blocks ----

static size_t page_of_slot(const struct slot *s)
{
    return 2 * (size_t)(s - slots) + 1;
}

// Near the start of its page, or near the end as far as the alignment lets it.
static char *place(char *page, size_t size, size_t alignment)
{
    size_t natural = size < BLOCK_ALIGNMENT ? BLOCK_ALIGNMENT / 2 : BLOCK_ALIGNMENT;
    size_t room = size != 0 ? size : 1;

    if (draw() & 1)
        return page;
    if (alignment < natural)
        alignment = natural;
    return page + ((vm_page_size() - room) & ~(alignment - 1));
}

static void fill_page(char *page, char *block, size_t size)
{
    char *end = block + size;

    memset(page, FILL, (size_t)(block - page));
    memset(block, 0, size);
    memset(end, FILL, (size_t)(page + vm_page_size() - end));
}

// A guard that was opened after a report is closed for the next block beside it.
static void close_guards(size_t page)
{
    if (guarded_is_open(page - 1))
        guarded_close(page - 1);
    if (guarded_is_open(page + 1))
        guarded_close(page + 1);
}

// The next slot to use, with its page open; NULL as of sample_alloc.
static struct slot *take_slot(void)
{
    bool is_new = slots_used < SAMPLE_SLOTS;
    struct slot *s = &slots[is_new ? slots_used : queue[queue_head]];

    if (!guarded_make() || (!is_new && queue_count == 0) || !guarded_open(page_of_slot(s)))
        return NULL;
    if (is_new) {
        slots_used++;
    } else {
        queue_head = (queue_head + 1) % SAMPLE_SLOTS;
        queue_count--;
    }
    close_guards(page_of_slot(s));
    return s;
}

static void give_slot(struct slot *s)
{
    lock_take(LOCK_SAMPLE);
    guarded_close(page_of_slot(s));
    queue[(queue_head + queue_count) % SAMPLE_SLOTS] = (uint16_t)(s - slots);
    queue_count++;
    lock_give(LOCK_SAMPLE);
}

static bool handle_fault(const struct os_fault *fault);

// Not under the lock: a program's own sigaction may allocate.
static void hook_faults(void)
{
    static _Atomic(bool) hooked;

    if (!atomic_exchange_explicit(&hooked, true, memory_order_relaxed))
        os_fault_hook(handle_fault);
}

// The mode fast does not tell the calls that allocate from each other.
static enum family family_of(enum call call)
{
    if (options.check == CHECK_FAST || options.families != FAMILIES_COMPARE)
        return FAMILY_UNKNOWN;
    return call_table[call].family;
}

void *sample_alloc(size_t size, size_t alignment, enum call call, const void *frame)
{
    struct event now;
    struct slot *s;
    char *p = NULL;

    if (size > vm_page_size() || alignment > vm_page_size())
        return NULL;
    now = event_now(frame);
    lock_take(LOCK_SAMPLE);
    s = take_slot();
    if (s != NULL) {
        char *page = guarded_page(page_of_slot(s));

        p = place(page, size, alignment);
        fill_page(page, p, size);
        now.sequence = ++sequence;
        s->block = (struct block_facts){.start = p,
                                        .size = size,
                                        .size_is_known = true,
                                        .family = family_of(call),
                                        .allocated = now};
        s->reported = false;
        s->made_again = 0;
    }
    lock_give(LOCK_SAMPLE);
    if (p != NULL)
        hook_faults();
    return p;
}

// How far an address is from the block of a slot. A live one goes before a freed one, and one
// that was never used is not there.
static size_t distance(const struct slot *s, const char *address)
{
    const char *start = s->block.start;
    size_t far = s->block.freed ? 4 * vm_page_size() : 0;

    if (start == NULL)
        return SIZE_MAX;
    return far + (size_t)(address < start ? start - address : address - (start + s->block.size));
}

// The slot of a page; of a guard, that on the side where the nearer block is.
static struct slot *slot_of(const char *address)
{
    size_t page = guarded_page_of(address);
    struct slot *below = &slots[page > 0 ? (page - 1) / 2 : 0];
    struct slot *above = &slots[page < GUARDED_PAGES - 1 ? page / 2 : SAMPLE_SLOTS - 1];

    return distance(below, address) <= distance(above, address) ? below : above;
}

// The live block that starts at p. NULL: it has to be reported; f says all but who did it.
static struct slot *find_live(const void *p, struct finding *f)
{
    struct slot *s = slot_of(p);

    f->pointer = p;
    f->block = s->block;
    f->kind = p == s->block.start ? FOUND_DOUBLE_FREE : FOUND_INVALID_POINTER;
    return p == s->block.start && !s->block.freed ? s : NULL;
}

// The first and the last byte of a part of a page that are not as they were filled.
static bool is_damaged(const char *from, const char *to, struct finding *f)
{
    const unsigned char *first = (const unsigned char *)from, *end = (const unsigned char *)to;

    while (first < end && *first == FILL)
        first++;
    if (first == end)
        return false;
    while (end[-1] == FILL)
        end--;
    f->damage = first;
    f->damage_size = (size_t)(end - first);
    return true;
}

// Looks at the page of the block in f, which must be open.
static bool find_damage(struct finding *f)
{
    const char *start = f->block.start, *end = start + f->block.size;
    const char *page = guarded_page(guarded_page_of(start));

    f->kind = FOUND_OVERFLOW;
    if (is_damaged(end, page + vm_page_size(), f))
        return true;
    f->kind = FOUND_UNDERFLOW;
    return is_damaged(page, start, f);
}

bool sample_free(void *p, enum call call, const void *frame)
{
    struct finding f = {.call = call, .now = event_now(frame)};
    struct slot *s;

    lock_take(LOCK_SAMPLE);
    f.now.sequence = ++sequence;
    s = find_live(p, &f);
    // From here on nobody else frees it, and until it is given it is not used again.
    if (s != NULL) {
        s->block.freed = true;
        s->block.released = f.now;
    }
    lock_give(LOCK_SAMPLE);
    if (s == NULL) {
        finding_report(&f);
        return false;
    }
    if (f.block.family != family_of(call)) {
        f.kind = FOUND_FAMILY_MISMATCH;
        finding_report(&f);
    }
    if (find_damage(&f))
        finding_report(&f);
    give_slot(s);
    return true;
}

bool sample_size(const void *p, size_t *size, enum call call, const void *frame)
{
    struct finding f = {.call = call, .now = event_now(frame)};
    const struct slot *s;

    lock_take(LOCK_SAMPLE);
    s = find_live(p, &f);
    lock_give(LOCK_SAMPLE);
    *size = f.block.size;
    if (s == NULL)
        finding_report(&f);
    return s != NULL;
}

size_t sample_check(enum call call, const void *frame)
{
    struct event now = event_now(frame);
    size_t count = 0;

    for (size_t i = 0; i < SAMPLE_SLOTS; i++) {
        struct finding f = {.call = call, .now = now};
        bool damaged;

        lock_take(LOCK_SAMPLE);
        f.block = slots[i].block;
        f.pointer = f.block.start;
        damaged = f.block.start != NULL && !f.block.freed && find_damage(&f);
        lock_give(LOCK_SAMPLE);
        if (damaged)
            finding_report(&f);
        count += damaged;
    }
    return count;
}

// ---- faults ----

// The slot that an access was meant for; NULL: none that we know of.
static struct slot *find_meant(const char *address, struct finding *f)
{
    struct slot *s = slot_of(address);
    bool in_guard = guarded_page_of(address) % 2 == 0;

    if (s->block.start == NULL || (!in_guard && !s->block.freed))
        return NULL;
    f->kind = in_guard ? FOUND_OUT_OF_BOUNDS : FOUND_USE_AFTER_FREE;
    f->block = s->block;
    return s;
}

// The page of a live block faulted. It was opened for that block after the access, which then
// was to one freed before; unless the program has closed it itself, and faults again.
static bool may_be_made_again(const char *address)
{
    struct slot *s = slot_of(address);

    return s->block.start != NULL && s->made_again++ < AGAIN_MOST;
}

// In the midst of the program's code. Who jumps into these pages is not helped by opening them.
static bool handle_fault(const struct os_fault *fault)
{
    struct finding f;
    struct slot *s;
    bool first, again = false;

    // A fault of our own is none that we can explain.
    if (!sample_owns(fault->address) || lock_any_held())
        return false;
    f = access_finding(fault);
    lock_take(LOCK_SAMPLE);
    s = find_meant(fault->address, &f);
    first = s != NULL && !s->reported;
    if (first)
        s->reported = true;
    if (s == NULL)
        again = may_be_made_again(fault->address);
    lock_give(LOCK_SAMPLE);
    if (first)
        finding_report(&f);
    if (s == NULL || fault->access == OS_ACCESS_EXECUTE)
        return again;
    lock_take(LOCK_SAMPLE);
    again = guarded_open(guarded_page_of(fault->address));
    lock_give(LOCK_SAMPLE);
    return again;
}
