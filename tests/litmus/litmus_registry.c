// SPDX-License-Identifier: MIT
// Records of huge blocks are found by their address while they are entered.
#include "litmus.h"

#include "large/registry.h"

enum { RECORDS = 1500 };

static char *const first = (char *)(UINT64_C(1) << 40 & SIZE_MAX);

static const void *address_of(unsigned i)
{
    return (const void *)((uintptr_t)first + ((uintptr_t)(i + 1) << 20) * 3);
}

static void enter(void)
{
    for (unsigned i = 0; i < RECORDS; i++) {
        struct huge *h = registry_new_record();

        require(h != NULL);
        h->size = (size_t)i * 4096;
        h->reserved = ~h->size;
        atomic_store_explicit(&h->address, (uintptr_t)address_of(i), memory_order_relaxed);
        require(registry_insert(h));
        os_sleep_us(10);
    }
}

static void look_for_all(void)
{
    for (unsigned i = 0; i < RECORDS;) {
        const struct huge *h = registry_find(address_of(i));

        if (h == NULL)
            continue;
        require_equal(h->size, (size_t)i * 4096);
        require_equal(h->reserved, ~h->size);
        i++;
    }
}

static void enter_or_look(unsigned self)
{
    if (self == 0)
        enter();
    else
        look_for_all();
}

int main(void)
{
    core_start_caches();
    litmus_run(2, enter_or_look);
    return 0;
}
