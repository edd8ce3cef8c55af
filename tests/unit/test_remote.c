// SPDX-License-Identifier: MIT
// Blocks on their way to another owner: rings, messages, and what happens to those that are late.
#include "tls/remote.h"

#include "base/option.h"
#include "tls/slab_source.h"

#include "core_cache.h"

enum { MOST = 4096, BIN = 0, LARGE_BIN = 31, ROUNDS = 30000 };

static struct thread_cache *const a = &cache_a, *const b = &cache_b, *const c = &cache_c;
static void *blocks[MOST];

static size_t blocks_till_sent(unsigned bin)
{
    size_t by_bytes = (RING_BYTES + bin_size(bin) - 1) / bin_size(bin);

    return by_bytes < RING_BLOCKS ? by_bytes : RING_BLOCKS;
}

static struct block *inbox(struct thread_cache *t)
{
    return atomic_load(&t->inbox);
}

static size_t in_rings(const struct thread_cache *t)
{
    size_t n = 0;

    for (int set = 0; set < RING_SETS; set++)
        for (int way = 0; way < RING_WAYS; way++)
            n += t->rings[set][way].slab != NULL ? t->rings[set][way].count : 0;
    return n;
}

static void free_by_another_waits_in_a_ring(void)
{
    struct desc *d;

    core_start_caches();
    core_take_slab(a, BIN, blocks);
    d = core_slab_of(blocks[0]);
    remote_free(b, d, blocks[0]);
    require(inbox(a) == NULL);
    require_equal(in_rings(b), 1);
    require_equal(b->ring_bytes, bin_size(BIN));
    require_equal(slab_free_count(d), 0);
}

static void full_ring_is_sent_as_one_message(void)
{
    size_t most = blocks_till_sent(BIN);
    struct desc *d;

    core_start_caches();
    core_take_slab(a, BIN, blocks);
    d = core_slab_of(blocks[0]);
    for (size_t i = 0; i < most; i++) {
        require(inbox(a) == NULL);
        remote_free(b, d, blocks[i]);
    }
    require(inbox(a) == blocks[most - 1]);
    require_equal(in_rings(b), 0);
    require_equal(b->ring_bytes, 0);
    require_equal(slab_free_count(d), 0);
    remote_drain(a);
    require(inbox(a) == NULL);
    require_equal(slab_free_count(d), most);
    slab_check(d);
}

static void drained_blocks_are_handed_out_again(void)
{
    struct desc *d;
    size_t n;

    core_start_caches();
    n = core_take_slab(a, LARGE_BIN, blocks);
    d = core_slab_of(blocks[0]);
    for (size_t i = 0; i < n; i++)
        remote_free(b, d, blocks[i]);
    remote_flush(b);
    require_equal(core_take_slab(a, LARGE_BIN, blocks), n);
    require(core_slab_of(blocks[0]) == d);
}

static void rings_together_are_bounded(void)
{
    core_start_caches();
    for (unsigned bin = 20; bin < BIN_COUNT; bin++) {
        void *p = core_take(a, bin);

        remote_free(b, core_slab_of(p), p);
        require(b->ring_bytes < RINGS_BYTES);
        require(in_rings(b) <= RING_SETS * RING_WAYS);
    }
    remote_flush(b);
    require_equal(b->ring_bytes, 0);
    require_equal(in_rings(b), 0);
}

// Slabs whose rings share a set: the third comer sends the one that waits longest.
static void ring_of_a_third_slab_evicts_the_oldest(void)
{
    struct desc *found[3] = {NULL};
    struct block *block[3];
    int n = 0;

    core_start_caches();
    while (n < 3) {
        struct desc *d = slab_source_take(a, BIN, false);

        require(d != NULL);
        if (n > 0 && (size_t)(d - found[0]) % RING_SETS != 0)
            continue;
        found[n] = d;
        block[n++] = slab_carve(d, false).first;
    }
    remote_free(b, found[0], block[0]);
    remote_free(b, found[1], block[1]);
    require(inbox(a) == NULL);
    remote_free(b, found[2], block[2]);
    require(inbox(a) == block[0]);
    require_equal(in_rings(b), 2);
    require(block[0]->next == NULL);
    remote_free(b, found[0], slab_carve(found[0], false).first);
    require(inbox(a) == block[1]);
}

static void ring_of_a_slab_that_was_let_go_is_claimed_by_the_sender(void)
{
    struct desc *d;

    core_start_caches();
    core_take_slab(a, BIN, blocks);
    d = core_slab_of(blocks[0]);
    remote_free(b, d, blocks[0]);
    core_take(a, BIN);
    require(core_owner(d) == nobody());
    remote_flush(b);
    require(inbox(a) == NULL);
    require(core_owner(d) == b);
    require_equal(slab_free_count(d), 1);
    slab_check(d);
}

static void ring_of_a_slab_that_became_ones_own_is_returned(void)
{
    struct desc *d;

    core_start_caches();
    core_take_slab(a, BIN, blocks);
    d = core_slab_of(blocks[0]);
    remote_free(b, d, blocks[0]);
    core_take(a, BIN);
    core_give(b, blocks[1]);
    require(core_owner(d) == b);
    remote_flush(b);
    require_equal(slab_free_count(d), 2);
    slab_check(d);
}

static void message_for_a_slab_that_changed_hands_is_forwarded(void)
{
    struct desc *d;
    size_t n;

    core_start_caches();
    n = core_take_slab(a, LARGE_BIN, blocks);
    require(n >= 4);
    d = core_slab_of(blocks[0]);
    core_give(a, blocks[0]);
    remote_free(b, d, blocks[1]);
    remote_free(b, d, blocks[2]);
    remote_flush(b);
    require(inbox(a) != NULL);
    // The owner lets go of the slab without looking at its inbox.
    a->current[LARGE_BIN] = NULL;
    slab_set_out(d, slab_out_count(d));
    slab_release(d, a);
    require(core_slab_of(core_take(c, LARGE_BIN)) == d);
    remote_drain(a);
    require(inbox(a) == NULL && inbox(c) != NULL);
    remote_drain(c);
    require_equal(slab_free_count(d), 2);
    require_equal(slab_out_count(d), d->carved - 2u);
    slab_check(d);
}

static void messages_of_many_senders_all_arrive(void)
{
    struct desc *d;
    size_t n;

    core_start_caches();
    n = core_take_slab(a, LARGE_BIN, blocks);
    d = core_slab_of(blocks[0]);
    for (size_t i = 1; i < n; i++) {
        remote_free(i % 2 ? b : c, d, blocks[i]);
        remote_flush(i % 3 ? b : c);
    }
    remote_flush(b);
    remote_flush(c);
    remote_drain(a);
    require_equal(slab_free_count(d), n - 1);
    slab_check(d);
}

static void count_blocks(const struct desc *d, size_t count, void *context)
{
    require(d->bin == LARGE_BIN);
    *(size_t *)context += count;
}

static void visit_finds_what_waits(void)
{
    size_t seen = 0;
    struct desc *d;

    core_start_caches();
    core_take_slab(a, LARGE_BIN, blocks);
    d = core_slab_of(blocks[0]);
    remote_visit(a, count_blocks, &seen);
    require_equal(seen, 0);
    remote_free(b, d, blocks[0]);
    remote_free(b, d, blocks[1]);
    remote_flush(b);
    remote_free(c, d, blocks[2]);
    remote_flush(c);
    remote_visit(a, count_blocks, &seen);
    require_equal(seen, 3);
}

static void wait_with_a_message(int count)
{
    struct desc *d;

    core_start_caches();
    core_take_slab(a, BIN, blocks);
    d = core_slab_of(blocks[0]);
    for (int i = 0; i < count; i++)
        remote_free(b, d, blocks[i]);
    remote_flush(b);
    require(inbox(a) == blocks[count - 1]);
}

// What stands behind the link to the next message, all bits of it changed.
static void overwrite_and_drain(void)
{
    uint64_t *words = (uint64_t *)inbox(a);
    size_t free = slab_free_count(core_slab_of(words));

    words[1] = ~words[1];
    remote_drain(a);
    require_equal(slab_free_count(core_slab_of(words)), free);
}

static void one_block_overwritten(void)
{
    wait_with_a_message(1);
    overwrite_and_drain();
}

static void two_blocks_overwritten(void)
{
    wait_with_a_message(2);
    overwrite_and_drain();
}

// The link that would be written to the last block would leave the slab.
static void last_block_overwritten(void)
{
    wait_with_a_message(2);
    ((uint64_t *)inbox(a))[1] |= 0xfffff;
    remote_drain(a);
}

static void message_cleared(void)
{
    wait_with_a_message(2);
    memset(inbox(a), 0, 16);
    remote_drain(a);
}

// A wild link to the next message must not be followed.
static void link_overwritten(void)
{
    wait_with_a_message(2);
    *(uint64_t *)inbox(a) = 0x4141414141414141;
    remote_drain(a);
}

static void overwritten_link_between_messages_is_reported(void **state)
{
    struct child child = core_child(link_overwritten);

    (void)state;
    assert_int_equal(child.signal, SIGABRT);
    assert_non_null(strstr(child.text, "corrupted free list"));
}

static void message_overwritten_after_the_free_is_reported_and_dropped(void **state)
{
    static void (*const bodies[])(void) = {one_block_overwritten, two_blocks_overwritten,
                                           last_block_overwritten, message_cleared};

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct child child;

        options.on_error = ON_ERROR_ABORT;
        child = core_child(bodies[i]);
        assert_int_equal(child.signal, SIGABRT);
        assert_non_null(strstr(child.text, "ikyoalloc: free(0x"));
        assert_non_null(strstr(child.text, "corrupted free list"));
        options.on_error = ON_ERROR_WARN;
        child = core_child(bodies[i]);
        assert_int_equal(child.signal, 0);
        assert_int_equal(child.status, 0);
        assert_non_null(strstr(child.text, "corrupted free list"));
    }
    options.on_error = ON_ERROR_ABORT;
}

static _Atomic(void *) on_the_way;
static _Atomic(bool) done;

// Frees what the other thread hands over, with the cache of this thread.
static void *free_what_comes(void *arg)
{
    (void)arg;
    while (!atomic_load(&done) || atomic_load(&on_the_way) != NULL) {
        void *p = atomic_exchange(&on_the_way, NULL);

        if (p != NULL)
            core_give(b, p);
        else
            sched_yield();
    }
    magazine_release_all(b);
    return NULL;
}

static void blocks_handed_to_another_thread_all_come_back(void)
{
    struct core_random r = core_random_start();
    pthread_t thread;

    core_start_caches();
    core_start_threads(&thread, 1, free_what_comes);
    for (int i = 0; i < ROUNDS; i++) {
        void *p = core_take(a, (unsigned)core_random_below(&r, 40));

        require(p != NULL);
        memset(p, i & 127, 16);
        p = atomic_exchange(&on_the_way, p);
        if (p != NULL)
            core_give(a, p);
    }
    atomic_store(&done, true);
    core_join_threads(&thread, 1);
    for (int i = 0; i < 2; i++) {
        magazine_release_all(a);
        magazine_release_all(b);
        magazine_trim_depots(a);
    }
    magazine_release_all(a);
    require_equal(core_used(), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(free_by_another_waits_in_a_ring),
        alone(full_ring_is_sent_as_one_message),
        alone(drained_blocks_are_handed_out_again),
        alone(rings_together_are_bounded),
        alone(ring_of_a_third_slab_evicts_the_oldest),
        alone(ring_of_a_slab_that_was_let_go_is_claimed_by_the_sender),
        alone(ring_of_a_slab_that_became_ones_own_is_returned),
        alone(message_for_a_slab_that_changed_hands_is_forwarded),
        alone(messages_of_many_senders_all_arrive),
        alone(visit_finds_what_waits),
        cmocka_unit_test(message_overwritten_after_the_free_is_reported_and_dropped),
        cmocka_unit_test(overwritten_link_between_messages_is_reported),
        alone(blocks_handed_to_another_thread_all_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
