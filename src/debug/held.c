// SPDX-License-Identifier: MIT
// Under LOCK_SAMPLE a run is held whole or not at all, and is opened once: by a fault or by the
// end of its hold.
#include "debug/held.h"

#include "base/lock.h"
#include "base/option.h"
#include "debug/access.h"
#include "debug/record.h"
#include "debug/tag.h"
#include "large/run.h"
#include "os/os.h"
#include "vm/region.h"

enum { AGAIN_MOST = 100 }; // as many threads may have meant a run whose hold ended

// Accesses that faulted where nothing was held, since a hold ended last. LOCK_SAMPLE
static unsigned made_again = AGAIN_MOST;

static bool open_held(struct desc *d)
{
    made_again = 0;
    return run_open_held(d);
}

// The hold ended after the access; unless the program has closed the page itself, and faults
// again.
static bool may_be_made_again(const void *p)
{
    return os_can_read(p) && made_again++ < AGAIN_MOST;
}

// What is known of the block: the record is left in r, for as long as the facts are used.
static struct block_facts facts_of(const struct desc *d, struct record *r)
{
    struct block_facts b = {.start = d->base, .freed = true, .family = FAMILY_UNKNOWN};

    b.size = run_usable_size(d) - TAG_BYTES;
    if (options.check != CHECK_FULL || !record_get(d->base, r))
        return b;
    b.size = r->size;
    b.size_is_known = true;
    b.family = (enum family)r->family;
    b.allocated = r->allocated;
    b.released = r->released;
    b.source = &r->source;
    return b;
}

// In the midst of the program's code. Who jumps into a run is not helped by opening it.
static bool handle_fault(const struct os_fault *fault)
{
    struct finding f;
    struct record r;
    struct desc *d;
    bool again;

    if (!region_holds(fault->address) || lock_any_held())
        return false;
    f = access_finding(fault);
    lock_take(LOCK_SAMPLE);
    d = run_find_held(fault->address);
    if (d != NULL) {
        f.kind = FOUND_USE_AFTER_FREE;
        f.block = facts_of(d, &r);
        again = open_held(d) && fault->access != OS_ACCESS_EXECUTE;
    } else {
        again = may_be_made_again(fault->address);
    }
    lock_give(LOCK_SAMPLE);
    if (d != NULL)
        finding_report(&f);
    return again;
}

// Not under a lock: a program's own sigaction may allocate.
static void hook_faults(void)
{
    static _Atomic(bool) hooked;

    if (!atomic_exchange_explicit(&hooked, true, memory_order_relaxed))
        os_fault_hook(handle_fault);
}

bool held_begin(struct desc *d)
{
    bool held;

    lock_take(LOCK_SAMPLE);
    held = run_hold(d);
    lock_give(LOCK_SAMPLE);
    if (held)
        hook_faults();
    return held;
}

void held_end(struct desc *d)
{
    bool clean;

    lock_take(LOCK_SAMPLE);
    clean = open_held(d);
    lock_give(LOCK_SAMPLE);
    run_end_hold(d, clean);
}
