// SPDX-License-Identifier: MIT
// What slow paths do beside their own work: flushing, and looking after the depots.
#include "tls/upkeep.h"

#include "core_cache.h"

enum { MOST = 2048, BIN = 31 };

static struct thread_cache *const a = &cache_a, *const b = &cache_b;
static void *blocks[MOST], *others[MOST];

static void flush_that_was_asked_for_happens_at_the_next_slow_path_once(void)
{
    struct desc *d;

    core_start_caches();
    d = core_slab_of(core_take(a, BIN));
    upkeep_ask_all_to_flush();
    require(core_owner(d) == a);
    upkeep_tick(a);
    require(core_owner(d) == nobody());
    d = core_slab_of(core_take(a, BIN));
    upkeep_tick(a);
    require(core_owner(d) == a);
}

static void ring_of_a_few_blocks_is_sent_after_a_while(void)
{
    core_start_caches();
    core_take_slab(a, BIN, blocks);
    remote_free(b, core_slab_of(blocks[0]), blocks[0]);
    for (int i = 0; i < FLUSH_PERIOD; i++)
        upkeep_tick(b);
    require(atomic_load(&a->inbox) == blocks[0]);
    require_equal(b->ring_bytes, 0);
}

// Below a slab with blocks out, so that its end must wait until somebody looks.
static void slab_that_became_empty_in_the_depot_ends(void)
{
    struct desc *d;
    size_t n;

    core_start_caches();
    n = core_take_slab(a, BIN, blocks);
    core_take_slab(a, BIN, others);
    d = core_slab_of(blocks[0]);
    require(core_slab_of(others[0]) != d);
    core_give(b, blocks[0]);
    magazine_release_all(b);
    core_give(a, others[0]);
    magazine_release_all(a);
    for (size_t i = 1; i < n; i++)
        core_give(b, blocks[i]);
    require(core_owner(d) == nobody() && slab_out_count(d) == 0);
    for (int i = 0; i < FLUSH_PERIOD; i++)
        upkeep_tick(a);
    require(desc_kind(d) != KIND_SLAB);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(flush_that_was_asked_for_happens_at_the_next_slow_path_once),
        alone(ring_of_a_few_blocks_is_sent_after_a_while),
        alone(slab_that_became_empty_in_the_depot_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
