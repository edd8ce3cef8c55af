// SPDX-License-Identifier: MIT
// Slabs without owner: claimed by one thread at a time, lost by none.
#include "binned/depot.h"

#include "vm/pages.h"

#include "core.h"

enum { BIN = 4, OTHER_BIN = 30, SLABS = 6, THREADS = 4, ROUNDS = 4000 };

// The depot only compares owners, it never looks into one.
static struct thread_cache *cache(uintptr_t number)
{
    return (struct thread_cache *)(number * CACHE_LINE);
}

static struct desc *make(unsigned bin, struct thread_cache *owner)
{
    unsigned units = bin_units(bin, vm_page_size());
    bool zero;
    char *base = pages_take((size_t)units << UNIT_SHIFT, UNIT, &zero);
    struct desc *d;

    require(base != NULL);
    d = slab_create(base, bin, units, zero);
    atomic_store(&d->owner, owner);
    return d;
}

static struct desc *make_listed(unsigned bin)
{
    struct desc *d = make(bin, cache(1));

    slab_release(d, cache(1));
    return d;
}

static void start(void)
{
    core_start_pages(os_page_size());
}

static void empty_depot_gives_nothing(void)
{
    start();
    for (unsigned bin = 0; bin < BIN_COUNT; bin++)
        require(depot_pop(bin, cache(1)) == NULL);
}

static void released_slab_is_nobodys_and_listed(void)
{
    struct desc *d;

    start();
    d = make(BIN, cache(1));
    d->state = SLAB_CURRENT;
    require(slab_may_destroy(d));
    slab_release(d, cache(1));
    require(atomic_load(&d->owner) == nobody());
    require_equal(d->state, SLAB_LOOSE);
    require(!slab_may_destroy(d));
}

static void popped_slab_is_the_callers_and_not_listed(void)
{
    struct desc *d;

    start();
    d = make_listed(BIN);
    require(depot_pop(OTHER_BIN, cache(2)) == NULL);
    require(depot_pop(BIN, cache(2)) == d);
    require(atomic_load(&d->owner) == cache(2));
    require(slab_may_destroy(d));
    require(depot_pop(BIN, cache(3)) == NULL);
}

static void depot_gives_the_last_slab_first(void)
{
    struct desc *d[SLABS];

    start();
    for (int i = 0; i < SLABS; i++)
        d[i] = make_listed(BIN);
    for (int i = SLABS - 1; i >= 0; i--)
        require(depot_pop(BIN, cache(2)) == d[i]);
    require(depot_pop(BIN, cache(2)) == NULL);
}

static void claim_takes_what_is_nobodys_only(void)
{
    struct desc *d;

    start();
    d = make(BIN, cache(1));
    require(!slab_claim(d, cache(2)));
    require(atomic_load(&d->owner) == cache(1));
    slab_release_full(d);
    require(slab_claim(d, cache(2)));
    require(!slab_claim(d, cache(3)));
    require(!slab_claim(d, cache(2)));
}

static void full_slab_is_released_without_being_listed(void)
{
    struct desc *d;

    start();
    d = make(BIN, cache(1));
    slab_release_full(d);
    require(atomic_load(&d->owner) == nobody());
    require(slab_may_destroy(d));
    require(depot_pop(BIN, cache(2)) == NULL);
}

static void slab_claimed_while_listed_is_skipped_and_may_be_destroyed_then(void)
{
    struct desc *first, *claimed;

    start();
    first = make_listed(BIN);
    claimed = make_listed(BIN);
    require(slab_claim(claimed, cache(2)));
    require(!slab_may_destroy(claimed));
    require(depot_pop(BIN, cache(3)) == first);
    require(slab_may_destroy(claimed));
    require(atomic_load(&claimed->owner) == cache(2));
}

static void slab_released_while_still_listed_is_there_once(void)
{
    struct desc *d;

    start();
    d = make_listed(BIN);
    require(slab_claim(d, cache(2)));
    slab_release(d, cache(2));
    require(depot_pop(BIN, cache(3)) == d);
    require(depot_pop(BIN, cache(3)) == NULL);
    slab_release(d, cache(3));
    require(depot_pop(BIN, cache(4)) == d);
}

static struct desc *slabs[SLABS];
static _Atomic(int) holders[SLABS];

static int index_of(const struct desc *d)
{
    for (int i = 0; i < SLABS; i++)
        if (slabs[i] == d)
            return i;
    require(false);
    return -1;
}

// What an owner does: nobody else is in it, and what it writes its next owner reads.
static void use(struct desc *d, struct thread_cache *me)
{
    _Atomic(int) *holder = &holders[index_of(d)];

    require(atomic_load(&d->owner) == me);
    require_equal(atomic_fetch_add(holder, 1), 0);
    d->carved++;
    require_equal(atomic_fetch_sub(holder, 1), 1);
}

static void *pass_slabs_on(void *arg)
{
    struct thread_cache *me = cache((uintptr_t)arg + 1);
    struct core_random r = {core_seed + (uintptr_t)arg};

    for (int i = 0; i < ROUNDS; i++) {
        struct desc *d = slabs[core_random_below(&r, SLABS)];

        if (core_random_below(&r, 2) == 0 ? !slab_claim(d, me) : (d = depot_pop(BIN, me)) == NULL)
            continue;
        use(d, me);
        slab_release(d, me);
    }
    return NULL;
}

// Claims and pops cross each other; in the end each slab can be popped exactly once.
static void threads_lose_no_slab_and_share_none(void)
{
    pthread_t threads[THREADS];

    start();
    core_random_start();
    for (int i = 0; i < SLABS; i++)
        slabs[i] = make_listed(BIN);
    for (int repeat = 0; repeat < 5; repeat++) {
        core_start_threads(threads, THREADS, pass_slabs_on);
        core_join_threads(threads, THREADS);
        for (int i = 0; i < SLABS; i++) {
            struct desc *d = depot_pop(BIN, cache(9));

            require(d != NULL);
            require_equal(atomic_fetch_add(&holders[index_of(d)], 1), 0);
        }
        require(depot_pop(BIN, cache(9)) == NULL);
        for (int i = 0; i < SLABS; i++) {
            require(slab_may_destroy(slabs[i]));
            atomic_store(&holders[i], 0);
            slab_release(slabs[i], cache(9));
        }
    }
}

// A slab that a thread claims and releases with one hand is never missed by the popping other.
static void *claim_and_release(void *arg)
{
    for (int i = 0; i < 20 * ROUNDS; i++)
        if (slab_claim(slabs[0], cache(1)))
            slab_release(slabs[0], cache(1));
    return arg;
}

static void *pop_and_release(void *arg)
{
    for (int i = 0; i < 20 * ROUNDS; i++) {
        struct desc *d = depot_pop(BIN, cache(2));

        if (d != NULL)
            slab_release(d, cache(2));
    }
    return arg;
}

static void release_that_meets_a_pop_leaves_the_slab_listed(void)
{
    pthread_t threads[2];

    start();
    slabs[0] = make_listed(BIN);
    core_start_threads(&threads[0], 1, claim_and_release);
    core_start_threads(&threads[1], 1, pop_and_release);
    core_join_threads(threads, 2);
    require(atomic_load(&slabs[0]->owner) == nobody());
    require(depot_pop(BIN, cache(3)) == slabs[0]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(empty_depot_gives_nothing),
        alone(released_slab_is_nobodys_and_listed),
        alone(popped_slab_is_the_callers_and_not_listed),
        alone(depot_gives_the_last_slab_first),
        alone(claim_takes_what_is_nobodys_only),
        alone(full_slab_is_released_without_being_listed),
        alone(slab_claimed_while_listed_is_skipped_and_may_be_destroyed_then),
        alone(slab_released_while_still_listed_is_there_once),
        alone(threads_lose_no_slab_and_share_none),
        alone(release_that_meets_a_pop_leaves_the_slab_listed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
