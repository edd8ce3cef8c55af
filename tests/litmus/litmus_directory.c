// SPDX-License-Identifier: MIT
// Descriptors of address space that was never seen before: who has the address has all of them, and
// who only tries it sees none or empty ones.
#include "litmus.h"

#include "vm/directory.h"

enum { SLOTS = 300 };

static _Atomic(char *) handed;

static char *slot_address(unsigned i)
{
    return (char *)((uintptr_t)(i + 1) << SLOT_SHIFT);
}

static void add_slots(void)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        char *p = slot_address(i);
        bool added;

        lock_take(LOCK_GROW);
        added = directory_add_slot(p) && directory_commit(p, CHUNK);
        lock_give(LOCK_GROW);
        require(added);
        desc_at(p)->base = p;
        desc_set_kind(desc_at(p), KIND_RUN);
        atomic_store_explicit(&handed, p, memory_order_release);
        os_sleep_us(10);
    }
}

static void use_what_was_handed(void)
{
    for (char *p = NULL; p != slot_address(SLOTS - 1);) {
        p = atomic_load_explicit(&handed, memory_order_acquire);
        if (p == NULL)
            continue;
        require(desc_of(p) != NULL);
        require(desc_of(p)->base == p);
        require(desc_kind(desc_of(p)) == KIND_RUN);
    }
}

static void try_addresses(void)
{
    for (unsigned i = 0; i < SLOTS;) {
        const struct desc *d = desc_of(slot_address(i) + CHUNK);

        if (d == NULL)
            continue;
        require(desc_kind(d) == KIND_NONE);
        i++;
    }
}

static void add_or_use(unsigned self)
{
    static void (*const parts[])(void) = {add_slots, use_what_was_handed, try_addresses};

    parts[self]();
}

int main(void)
{
    core_start_caches();
    litmus_run(3, add_or_use);
    return 0;
}
