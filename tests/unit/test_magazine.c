// SPDX-License-Identifier: MIT
// Each way a slab goes between current, partial, waiting, loose, the depot and its end.
#include "tls/magazine.h"

#include "core_cache.h"
#include "core_syscall.h"

enum { MOST = 4096, BIN = 31, STEPS = 20000 }; // blocks of 1024 bytes

static struct thread_cache *const a = &cache_a, *const b = &cache_b;
static void *blocks[MOST];

// The next block comes from another slab, so that this one is aside.
static struct desc *take_slab_aside(struct thread_cache *t, size_t *count)
{
    struct desc *d;

    *count = core_take_slab(t, BIN, blocks);
    d = core_slab_of(blocks[0]);
    require(core_slab_of(core_take(t, BIN)) != d);
    return d;
}

static void refill_makes_a_slab_current(void)
{
    struct desc *d;
    void *p;

    core_start_caches();
    p = magazine_refill(a, BIN);
    d = core_slab_of(p);
    require(p != NULL && core_owner(d) == a && d->bin == BIN);
    require(a->current[BIN] == d);
    require_equal(d->state, SLAB_CURRENT);
    slab_check(d);
}

static void used_up_slab_is_let_go(void)
{
    struct desc *d;
    size_t n;

    core_start_caches();
    d = take_slab_aside(a, &n);
    require(core_owner(d) == nobody());
    require_equal(d->state, SLAB_LOOSE);
    require_equal(slab_out_count(d), d->capacity);
    require(slab_may_destroy(d));
}

static void free_of_a_loose_slabs_block_claims_it_to_wait(void)
{
    struct desc *d;
    size_t n;

    core_start_caches();
    d = take_slab_aside(a, &n);
    require(slab_wake_threshold(d) > 1);
    core_give(b, blocks[0]);
    require(core_owner(d) == b);
    require_equal(d->state, SLAB_WAITING);
    require(b->waiting == d && b->partial[BIN] == NULL);
    require_equal(slab_free_count(d), 1);
    slab_check(d);
}

static void waiting_slab_becomes_partial_at_the_wake_threshold(void)
{
    struct desc *d;
    size_t n;

    core_start_caches();
    d = take_slab_aside(a, &n);
    for (uint32_t i = 0; i < slab_wake_threshold(d); i++) {
        require(i == 0 || d->state == SLAB_WAITING);
        core_give(b, blocks[i]);
    }
    require_equal(d->state, SLAB_PARTIAL);
    require(b->waiting == NULL && b->partial[BIN] == d);
    slab_check(d);
}

static void refill_goes_on_with_a_partial_slab(void)
{
    struct desc *d;
    size_t n;
    void *p;

    core_start_caches();
    d = take_slab_aside(a, &n);
    for (uint32_t i = 0; i < slab_wake_threshold(d); i++)
        core_give(b, blocks[i]);
    p = magazine_refill(b, BIN);
    require(core_slab_of(p) == d);
    require_equal(d->state, SLAB_CURRENT);
    require(b->current[BIN] == d && b->partial[BIN] == NULL);
}

static void partial_slab_ends_when_all_came_back(void)
{
    struct desc *d;
    size_t n;

    core_start_caches();
    d = take_slab_aside(a, &n);
    for (size_t i = 0; i < n; i++)
        core_give(b, blocks[i]);
    require(core_owner(d) == NULL);
    // One unit is kept, pages that are longer go back at once.
    require_equal(desc_kind(d), d->units == 1 ? KIND_FREED : KIND_EXTENT);
    require(b->partial[BIN] == NULL && b->waiting == NULL);
}

static void current_slab_stays_when_all_came_back(void)
{
    struct desc *d;
    size_t n;

    core_start_caches();
    n = core_take_slab(a, BIN, blocks);
    d = core_slab_of(blocks[0]);
    for (size_t i = 0; i < n; i++)
        core_give(a, blocks[i]);
    require(a->current[BIN] == d && core_owner(d) == a);
    require(d->kept);
    require_equal(a->kept_bytes, slab_bytes(d));
    require_equal(slab_out_count(d), 0);
    slab_check(d);
    require(core_slab_of(core_take(a, BIN)) == d);
}

static void empty_current_slabs_of_a_thread_are_bounded(void)
{
    core_start_caches();
    for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
        core_give(a, core_take(a, bin));
        require(a->kept_bytes <= KEPT_BYTES);
    }
    require(core_used() <= KEPT_BYTES + CACHED_UNITS * UNIT);
}

static void settling_puts_a_slab_where_its_blocks_say(void)
{
    struct desc *d;
    size_t n;

    core_start_caches();
    d = take_slab_aside(a, &n);
    require(slab_claim(d, b));
    magazine_settle(b, d);
    require(core_owner(d) == nobody() && b->waiting == NULL && b->partial[BIN] == NULL);
}

static void released_slab_with_free_blocks_is_found_in_the_depot(void)
{
    struct desc *d;
    size_t n;

    core_start_caches();
    n = core_take_slab(a, BIN, blocks);
    d = core_slab_of(blocks[0]);
    core_give(a, blocks[0]);
    magazine_release_all(a);
    require(core_owner(d) == nobody() && !slab_may_destroy(d));
    require(a->current[BIN] == NULL);
    require(core_slab_of(core_take(b, BIN)) == d);
    require(core_owner(d) == b && b->current[BIN] == d);
    for (size_t i = 1; i < n; i++)
        core_give(b, blocks[i]);
    require_equal(slab_out_count(d), 1);
}

static void release_of_all_puts_magazines_back(void)
{
    struct desc *d;
    void *p;

    core_start_caches();
    for (int i = 0; i < 7; i++)
        p = core_take(a, 0);
    d = core_slab_of(p);
    require(a->head[0] != NULL);
    magazine_release_all(a);
    require(a->head[0] == NULL && core_owner(d) == nobody());
    require_equal(slab_out_count(d), 7);
    require_equal(a->handed, 7);
    require_equal(a->kept_bytes, 0);
    slab_check(d);
}

static void release_of_all_with_nothing_out_gives_every_page_back(void)
{
    core_start_caches();
    for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
        size_t n = core_take_slab(a, bin, blocks);

        for (size_t i = 0; i < n; i++)
            core_give(a, blocks[i]);
    }
    magazine_release_all(a);
    require_equal(core_used(), 0);
}

static void release_of_all_lets_go_of_waiting_slabs(void)
{
    struct desc *d;
    size_t n;

    core_start_caches();
    d = take_slab_aside(a, &n);
    core_give(b, blocks[0]);
    require(b->waiting == d);
    magazine_release_all(b);
    require(b->waiting == NULL && core_owner(d) == nobody());
    require(depot_pop(BIN, a) == d);
}

// Claimed while it was in the depot, and emptied then: it must not end before it was popped.
static void emptied_slab_that_is_still_listed_is_not_lost(void)
{
    struct desc *d;
    size_t n;

    core_start_caches();
    n = core_take_slab(a, BIN, blocks);
    d = core_slab_of(blocks[0]);
    core_give(a, blocks[0]);
    magazine_release_all(a);
    for (size_t i = 1; i < n; i++)
        core_give(b, blocks[i]);
    magazine_trim_depots(b);
    require(core_owner(d) == NULL && desc_kind(d) != KIND_SLAB);
    magazine_release_all(b);
    require_equal(core_used(), 0);
}

static void trim_keeps_slabs_with_blocks_out(void)
{
    struct desc *d;

    core_start_caches();
    d = core_slab_of(core_take(a, BIN));
    magazine_release_all(a);
    magazine_trim_depots(b);
    require(core_owner(d) == nobody() && !slab_may_destroy(d));
    require(core_slab_of(core_take(b, BIN)) == d);
}

static void fresh_blocks_read_zero_but_for_their_link(void)
{
    core_start_caches();
    for (int i = 0; i < 20; i++) {
        char *p = core_take(a, BIN);

        require(core_slab_of(p)->fresh);
        require(core_reads_only(p + sizeof(struct block), 1024 - sizeof(struct block), 0));
    }
}

static void used_blocks_are_not_said_to_be_fresh(void)
{
    size_t n;

    core_start_caches();
    n = core_take_slab(a, BIN, blocks);
    memset(blocks[0], 7, 1024);
    for (size_t i = 0; i < n; i++)
        core_give(a, blocks[i]);
    require(!core_slab_of(core_take(a, BIN))->fresh);
}

static void refused_memory_gives_null_and_leaves_what_there_is(void)
{
    size_t n;

    core_start_caches();
    n = core_take_slab(a, BIN, blocks);
    require(n > 0);
    atomic_store(&core_failing.all, true);
    while (core_take(b, BIN) != NULL)
        ;
    require(magazine_refill(b, BIN) == NULL);
    core_give(a, blocks[0]);
    require(core_take(a, BIN) == blocks[0]);
}

// Two caches in one thread: blocks are filled, and freed by either.
static void random_work_of_two_caches_mixes_no_blocks(void)
{
    static struct {
        unsigned char *p;
        size_t size;
        unsigned char fill;
    } held[300];
    struct core_random r = core_random_start();
    struct thread_cache *t;

    core_start_caches();
    for (int step = 0; step < STEPS + 300; step++) {
        size_t i = step < STEPS ? core_random_below(&r, 300) : (size_t)(step - STEPS);

        t = core_random_below(&r, 2) == 0 ? a : b;
        if (held[i].p != NULL) {
            require(core_reads_only((char *)held[i].p, held[i].size, (char)held[i].fill));
            core_give(t, held[i].p);
            held[i].p = NULL;
        } else if (step < STEPS) {
            unsigned bin =
                (unsigned)core_random_below(&r, core_random_below(&r, 2) ? 8 : BIN_COUNT);

            held[i].p = core_take(t, bin);
            require(held[i].p != NULL);
            held[i].size = bin_size(bin);
            held[i].fill = (unsigned char)(1 + core_random_below(&r, 120));
            memset(held[i].p, held[i].fill, held[i].size);
        }
        if (core_random_below(&r, 2000) == 0)
            magazine_release_all(t);
    }
    for (int i = 0; i < 2; i++) {
        magazine_release_all(a);
        magazine_release_all(b);
        magazine_trim_depots(a);
    }
    magazine_release_all(a);
    require_equal(a->handed + b->handed >= STEPS / 3, true);
    require_equal(core_used(), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(refill_makes_a_slab_current),
        alone(used_up_slab_is_let_go),
        alone(free_of_a_loose_slabs_block_claims_it_to_wait),
        alone(waiting_slab_becomes_partial_at_the_wake_threshold),
        alone(refill_goes_on_with_a_partial_slab),
        alone(partial_slab_ends_when_all_came_back),
        alone(current_slab_stays_when_all_came_back),
        alone(empty_current_slabs_of_a_thread_are_bounded),
        alone(settling_puts_a_slab_where_its_blocks_say),
        alone(released_slab_with_free_blocks_is_found_in_the_depot),
        alone(release_of_all_puts_magazines_back),
        alone(release_of_all_with_nothing_out_gives_every_page_back),
        alone(release_of_all_lets_go_of_waiting_slabs),
        alone(emptied_slab_that_is_still_listed_is_not_lost),
        alone(trim_keeps_slabs_with_blocks_out),
        alone(fresh_blocks_read_zero_but_for_their_link),
        alone(used_blocks_are_not_said_to_be_fresh),
        alone(refused_memory_gives_null_and_leaves_what_there_is),
        alone(random_work_of_two_caches_mixes_no_blocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
