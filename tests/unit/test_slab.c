// SPDX-License-Identifier: MIT
// Slabs of every bin: what is carved, stolen and counted, and which addresses are blocks.
#include "binned/slab.h"

#include "base/check.h"
#include "vm/pages.h"

#include "core.h"

enum { STEPS = 400 };

static struct desc *make(unsigned bin)
{
    unsigned units = bin_units(bin, vm_page_size());
    bool zero;
    char *base = pages_take((size_t)units << UNIT_SHIFT, UNIT, &zero);

    require(base != NULL && zero);
    return slab_create(base, bin, units, zero);
}

static void start(void)
{
    core_start_pages(os_page_size());
}

static void new_slab_has_nothing_out_and_nothing_carved(void)
{
    start();
    for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
        struct desc *d = make(bin);

        require_equal(d->capacity, slab_bytes(d) / bin_size(bin));
        require_equal(d->bin, bin);
        require_equal(d->carved, 0);
        require_equal(slab_out_count(d), 0);
        require_equal(slab_free_count(d), 0);
        require(slab_has_uncarved(d) && d->zero && d->free == NULL && !d->kept);
        require(atomic_load(&d->owner) == NULL && atomic_load(&d->listed) == 0);
        slab_check(d);
    }
}

static void every_unit_of_a_slab_leads_to_its_head(void)
{
    start();
    for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
        struct desc *d = make(bin);

        require_equal(desc_kind(d), KIND_SLAB);
        for (size_t at = 0; at < slab_bytes(d); at += 1024) {
            struct desc *unit = desc_of(d->base + at);

            require_equal(desc_kind(unit), at < UNIT ? KIND_SLAB : KIND_MEMBER);
            require(slab_head(unit) == d);
            require(at < UNIT || atomic_load(&unit->owner) == NULL);
        }
    }
}

static void destroyed_slab_leaves_no_member_and_no_owner(void)
{
    start();
    for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
        struct desc *d = make(bin);

        atomic_store(&d->owner, (struct thread_cache *)(uintptr_t)64);
        slab_destroy(d);
        require_equal(desc_kind(d), KIND_FREED);
        require(atomic_load(&d->owner) == NULL);
        for (unsigned i = 1; i < d->units; i++)
            require_equal(desc_kind(d + i), KIND_NONE);
    }
}

static void every_block_start_is_a_block_and_nothing_else_is(void)
{
    start();
    for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
        struct desc *d = make(bin);
        size_t blocks = 0;

        for (size_t at = 0; at < slab_bytes(d) + UNIT; at += BLOCK_ALIGNMENT) {
            bool expected = at % bin_size(bin) == 0 && at / bin_size(bin) < d->capacity;

            require_equal(slab_is_block(d, d->base + at), expected);
            blocks += expected;
        }
        require_equal(blocks, d->capacity);
        require(!slab_is_block(d, d->base + 1));
        require(!slab_is_block(d, d->base - bin_size(bin)));
        require(!slab_is_block(d, NULL));
    }
}

static void no_link_may_lead_out_of_a_slab_though_its_first_block_keeps_watch(void)
{
    start();
    for (unsigned bin = 0; bin < BIN_COUNT && bin_size(bin) < UNIT; bin++) {
        struct desc *d = make(bin);
        char *end = d->base + slab_bytes(d);

        for (int watched = 0; watched < 2; watched++) {
            require(slab_may_hold(d, d->base) && slab_may_hold(d, end - BLOCK_ALIGNMENT));
            require(!slab_may_hold(d, d->base + 1));
            require(!slab_may_hold(d, d->base - BLOCK_ALIGNMENT) && !slab_may_hold(d, end));
            if (!watched)
                slab_keep_watch(d);
        }
    }
}

// Each block comes out once, in order, in lists no longer than a carve may be.
static void carving_hands_out_every_block_once(void)
{
    start();
    for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
        struct desc *d = make(bin);
        char *expected = d->base;

        while (slab_has_uncarved(d)) {
            uint32_t before = d->carved;
            struct block_list list = slab_carve(d, false);

            require(list.count >= 1);
            require(list.count == 1 || list.count * bin_size(bin) <= CARVE_BYTES);
            require_equal(d->carved, before + list.count);
            for (uint32_t i = 0; i < list.count; i++) {
                require((char *)list.first == expected);
                list.first = list.first->next;
                expected += bin_size(bin);
            }
            require(list.first == NULL);
            require_equal(slab_out_count(d), d->carved);
            slab_check(d);
        }
        require(expected == d->base + d->capacity * bin_size(bin));
    }
}

static void carving_starts_with_one_block_and_doubles(void)
{
    struct desc *d;

    start();
    d = make(0);
    for (uint32_t expected = 1; expected * bin_size(0) <= CARVE_BYTES; expected *= 2) {
        require_equal(slab_carve(d, false).count, expected == 1 ? 1 : expected / 2);
        require_equal(d->carved, expected);
    }
}

static void carving_all_links_as_many_as_may_be_at_once(void)
{
    start();
    for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
        struct desc *d = make(bin);
        uint32_t most = bin_size(bin) > CARVE_BYTES ? 1 : (uint32_t)(CARVE_BYTES / bin_size(bin));

        require_equal(slab_carve(d, true).count, most < d->capacity ? most : d->capacity);
        slab_check(d);
    }
}

// The owner's hit path: the block goes on the list, one more is not out.
static void push(struct desc *d, struct block *b)
{
    b->next = d->free;
    d->free = b;
    if (d->count > 0)
        d->count--;
    else
        d->beyond--;
}

static void stealing_takes_the_whole_list_and_counts_it_out(void)
{
    struct block_list list, stolen;
    struct desc *d;

    start();
    d = make(3);
    list = slab_carve(d, false);
    list = slab_carve(d, false);
    list = slab_carve(d, false);
    for (struct block *b = list.first, *next; b != NULL; b = next) {
        next = b->next;
        push(d, b);
    }
    slab_check(d);
    require_equal(slab_free_count(d), list.count);
    stolen = slab_steal(d);
    require_equal(stolen.count, list.count);
    require(d->free == NULL);
    require_equal(slab_free_count(d), 0);
    require_equal(slab_out_count(d), d->carved);
    slab_check(d);
}

// When the owner has to look: after as many frees as the list is long, or as were out before,
// whichever is more.
static void counter_after_a_hand_over_is_the_larger_part(void)
{
    struct block_list list;
    struct desc *d;

    start();
    d = make(0);
    while (d->carved < 8)
        list = slab_carve(d, false);
    require_equal(list.count, 4);
    require(d->count == 4 && d->beyond == 4);
    push(d, list.first);
    require_equal(slab_steal(d).count, 1);
    require(d->count == 7 && d->beyond == 1);
    slab_set_out(d, 8);
    require(d->count == 8 && d->beyond == 0);
}

static void wake_threshold_is_an_eighth_within_bounds(void)
{
    start();
    for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
        struct desc *d = make(bin);
        uint32_t threshold = slab_wake_threshold(d);

        require(threshold >= 1 && threshold <= 32 && threshold <= d->capacity);
        require(threshold == 1 || threshold == 32 || threshold == d->capacity / 8u);
    }
}

// Against a model that knows only which blocks are out.
static void random_life_keeps_the_counts(void)
{
    static struct block *out[2048];
    struct core_random r = core_random_start();

    start();
    for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
        struct desc *d = make(bin);
        uint32_t n = 0;

        for (int step = 0; step < STEPS; step++) {
            struct block_list list = {NULL, 0};

            if (n > 0 && core_random_below(&r, 2) == 0) {
                size_t i = core_random_below(&r, n);

                push(d, out[i]);
                out[i] = out[--n];
            } else if (d->free != NULL) {
                list = slab_steal(d);
            } else if (slab_has_uncarved(d)) {
                list = slab_carve(d, false);
            }
            for (uint32_t left = list.count; left > 0; left--) {
                out[n++] = list.first;
                list.first = list.first->next;
            }
            require(list.first == NULL);
            require_equal(slab_out_count(d), n);
            require_equal(slab_free_count(d), d->carved - n);
            slab_check(d);
        }
    }
}

static void broken_count_is_found(void)
{
    struct desc *d;

    start();
    d = make(0);
    slab_carve(d, false);
    push(d, slab_carve(d, false).first);
    slab_set_out(d, 2);
    slab_check(d);
}

static void check_stops_at_a_wrong_count(void **state)
{
    struct child child = core_child(broken_count_is_found);

    (void)state;
    assert_int_equal(child.signal, CHECKED ? SIGABRT : 0);
    assert_int_equal(strstr(child.text, "slab_free_count") != NULL, CHECKED);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(new_slab_has_nothing_out_and_nothing_carved),
        alone(every_unit_of_a_slab_leads_to_its_head),
        alone(destroyed_slab_leaves_no_member_and_no_owner),
        alone(every_block_start_is_a_block_and_nothing_else_is),
        alone(no_link_may_lead_out_of_a_slab_though_its_first_block_keeps_watch),
        alone(carving_hands_out_every_block_once),
        alone(carving_starts_with_one_block_and_doubles),
        alone(carving_all_links_as_many_as_may_be_at_once),
        alone(stealing_takes_the_whole_list_and_counts_it_out),
        alone(counter_after_a_hand_over_is_the_larger_part),
        alone(wake_threshold_is_an_eighth_within_bounds),
        alone(random_life_keeps_the_counts),
        cmocka_unit_test(check_stops_at_a_wrong_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
