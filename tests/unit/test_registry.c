// SPDX-License-Identifier: MIT
// From an address to the record of its huge block; what stays behind of freed ones.
#include "large/registry.h"

#include "base/option.h"

#include "core.h"
#include "core_syscall.h"

enum { RECORDS = 200, ROUNDS = 3000 };

// No memory of ours: the registry never looks at what is at an address.
#define BASE ((uintptr_t)5 << sizeof(void *) * 5)

static void *at(size_t mib, size_t offset)
{
    return (void *)(BASE + mib * MIB + offset);
}

static struct huge *enter(void *p, size_t size)
{
    struct huge *h = registry_new_record();

    require(h != NULL);
    require(atomic_load(&h->address) == 0 && !atomic_load(&h->freed));
    require(h->segments == 0 && !h->guarded && h->next == NULL);
    h->size = size;
    h->reserved = size + GRANULE;
    atomic_store(&h->address, (uintptr_t)p);
    require(registry_insert(h));
    return h;
}

static void start(void)
{
    core_start_pages(os_page_size());
}

static void nothing_is_found_before_something_is_entered(void)
{
    int local;

    start();
    require(registry_find(NULL) == NULL);
    require(registry_find(&local) == NULL);
    require(registry_find((void *)UINTPTR_MAX) == NULL);
    require(!registry_covers(NULL) && !registry_covers(&local));
    require(!registry_covers((void *)UINTPTR_MAX));
}

static void block_is_found_by_its_exact_address_only(void)
{
    struct huge *h;

    start();
    h = enter(at(7, 4096), 3 * MIB);
    require(registry_find(at(7, 4096)) == h);
    require(registry_find(at(7, 0)) == NULL);
    require(registry_find(at(7, 4097)) == NULL);
    require(registry_find(at(7, 8192)) == NULL);
    require(registry_find(at(8, 4096)) == NULL);
    require(registry_find(at(6, 4096)) == NULL);
}

static void inner_addresses_of_live_blocks_are_covered(void)
{
    struct huge *h;

    start();
    h = enter(at(7, 4096), 3 * MIB);
    require(registry_covers(at(7, 4096)) && registry_covers(at(7, 4097)));
    require(registry_covers(at(9, 0)) && registry_covers(at(10, 4096 - 1)));
    require(registry_covers(at(10, 4096)));
    require(!registry_covers(at(10, 8192)));
    require(!registry_covers(at(7, 4095)));
    require(!registry_covers(at(11, 0)));
    atomic_store(&h->freed, true);
    require(!registry_covers(at(8, 0)));
}

static void freed_neighbour_below_does_not_hide_the_block(void)
{
    start();
    enter(at(0, 0), 100 * MIB);
    atomic_store(&enter(at(50, 0), MIB)->freed, true);
    require(registry_covers(at(50, 8)));
    require(registry_covers(at(99, 0)));
}

static void freed_block_is_still_found_as_such(void)
{
    struct huge *h;

    start();
    h = enter(at(3, 0), MIB);
    atomic_store(&h->freed, true);
    require(registry_find(at(3, 0)) == h);
    require(atomic_load(&registry_find(at(3, 0))->freed));
}

static void next_block_of_the_place_recycles_the_trace(void)
{
    struct huge *old, *next;

    start();
    old = enter(at(3, 0), MIB);
    atomic_store(&old->freed, true);
    next = enter(at(3, 4096), MIB);
    require(next != old);
    require(registry_find(at(3, 0)) == NULL);
    require(registry_find(at(3, 4096)) == next);
    require(registry_new_record() == old);
}

static void record_that_moved_on_is_not_recycled_by_its_old_place(void)
{
    struct huge *moved, *next;

    start();
    moved = enter(at(3, 0), MIB);
    atomic_store(&moved->address, (uintptr_t)at(20, 0));
    require(registry_insert(moved));
    atomic_store(&moved->freed, true);
    next = enter(at(3, 0), MIB);
    require(registry_find(at(3, 0)) == next);
    require(registry_find(at(20, 0)) == moved);
    require(registry_new_record() != moved);
}

static void entering_a_record_again_keeps_it(void)
{
    struct huge *h;

    start();
    h = enter(at(3, 0), MIB);
    require(registry_insert(h));
    require(registry_find(at(3, 0)) == h);
    require(registry_new_record() != h);
}

static void discarded_record_is_used_next(void)
{
    struct huge *h;

    start();
    h = registry_new_record();
    h->guarded = true;
    h->segments = 3;
    registry_discard(h);
    require(enter(at(1, 0), MIB) == h);
}

struct visited {
    size_t blocks, bytes;
};

static void count(const struct huge *record, void *context)
{
    struct visited *v = context;

    v->blocks++;
    v->bytes += record->size;
}

static void visit_sees_each_live_block_once(void)
{
    struct visited v = {0, 0};
    size_t bytes = 0;

    start();
    for (size_t i = 0; i < RECORDS; i++) {
        struct huge *h = enter(at(i * 977, i * 4096), (i + 1) * GRANULE);

        if (i % 3 == 0)
            atomic_store(&h->freed, true);
        else
            bytes += h->size;
    }
    registry_visit(count, &v);
    require_equal(v.blocks, RECORDS - (RECORDS + 2) / 3);
    require_equal(v.bytes, bytes);
}

static void refused_memory_is_reported_and_enters_nothing(void)
{
    struct huge *h;

    start();
    h = registry_new_record();
    atomic_store(&h->address, (uintptr_t)at(1, 0));
    atomic_store(&core_failing.all, true);
    require(!registry_insert(h));
    require(registry_find(at(1, 0)) == NULL);
    atomic_store(&core_failing.all, false);
    require(registry_insert(h));
    require(registry_find(at(1, 0)) == h);
}

// Blocks come and go at places that change, as a model knows them.
static void random_blocks_are_found_as_the_model_says(void)
{
    struct core_random r = core_random_start();
    struct huge *live[64] = {NULL};

    start();
    for (int i = 0; i < ROUNDS; i++) {
        size_t place = core_random_below(&r, 64);

        if (live[place] == NULL) {
            live[place] = enter(at(place, core_random_below(&r, 255) * GRANULE), 4096);
        } else {
            require(registry_find((void *)atomic_load(&live[place]->address)) == live[place]);
            require(!atomic_exchange(&live[place]->freed, true));
            live[place] = NULL;
        }
    }
    for (size_t place = 0; place < 64; place++)
        if (live[place] != NULL)
            require(registry_find((void *)atomic_load(&live[place]->address)) == live[place]);
}

static _Atomic(bool) stop;

static void *look_up(void *arg)
{
    while (!atomic_load(&stop))
        for (size_t place = 0; place < 8; place++) {
            const struct huge *h = registry_find(at(place, 0));

            require(h == NULL || h->reserved > h->size || h->size == 0);
        }
    return arg;
}

static void lookups_while_blocks_come_and_go_are_safe(void)
{
    pthread_t thread;

    start();
    core_start_threads(&thread, 1, look_up);
    for (size_t i = 0; i < ROUNDS; i++) {
        struct huge *h = registry_find(at(i % 8, 0));

        if (h == NULL || atomic_load(&h->freed)) {
            h = registry_new_record();
            require(h != NULL);
            atomic_store(&h->address, (uintptr_t)at(i % 8, 0));
            require(registry_insert(h));
        }
        require(registry_find(at(i % 8, 0)) == h);
        atomic_store(&h->freed, true);
    }
    atomic_store(&stop, true);
    core_join_threads(&thread, 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(nothing_is_found_before_something_is_entered),
        alone(block_is_found_by_its_exact_address_only),
        alone(inner_addresses_of_live_blocks_are_covered),
        alone(freed_neighbour_below_does_not_hide_the_block),
        alone(freed_block_is_still_found_as_such),
        alone(next_block_of_the_place_recycles_the_trace),
        alone(record_that_moved_on_is_not_recycled_by_its_old_place),
        alone(entering_a_record_again_keeps_it),
        alone(discarded_record_is_used_next),
        alone(visit_sees_each_live_block_once),
        alone(refused_memory_is_reported_and_enters_nothing),
        alone(random_blocks_are_found_as_the_model_says),
        alone(lookups_while_blocks_come_and_go_are_safe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
