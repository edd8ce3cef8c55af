// SPDX-License-Identifier: MIT
// The free extents, against an array with one state a granule.
#include "vm/extent.h"

#include "base/check.h"
#include "base/lock.h"

#include "core.h"

enum { GRANULES = 1024, STEPS = 1200 };
enum state { USED, CLEAN, DIRTY };

static char *area;
static enum state model[GRANULES];

// Address space of one slot, with the records of its first part; its memory is never touched.
static void start(void)
{
    core_start_pages(os_page_size());
    area = vm_reserve(SLOT, SLOT);
    require(area != NULL);
    lock_take(LOCK_GROW);
    require(directory_add_slot(area));
    require(directory_commit(area, GRANULES * GRANULE));
    lock_take(LOCK_EXTENT);
}

static char *at(size_t granule)
{
    return area + granule * GRANULE;
}

static void set_model(size_t first, size_t count, enum state state)
{
    for (size_t i = first; i < first + count; i++)
        model[i] = state;
}

static size_t count_model(size_t first, size_t count, enum state state)
{
    size_t n = 0;

    for (size_t i = first; i < first + count; i++)
        n += model[i] == state;
    return n;
}

static void add(size_t first, size_t count, bool dirty)
{
    extent_add(at(first), count, dirty);
    set_model(first, count, dirty ? DIRTY : CLEAN);
}

// What was cut out: free before, dirty where the model says so.
static void require_cut(const struct extent *e, size_t granules)
{
    size_t first = (size_t)(e->start - area) / GRANULE;

    require(e->start >= area && first + granules <= GRANULES);
    require_equal(e->granules, granules);
    require_equal(count_model(first, granules, USED), 0);
    require_equal(e->dirty, count_model(first, granules, DIRTY));
    set_model(first, granules, USED);
}

// The longest free range that holds a dirty granule, or does not: a set of extents.
static size_t longest(bool with_dirty)
{
    size_t best = 0;

    for (size_t i = 0, end; i < GRANULES; i = end + 1) {
        for (end = i; end < GRANULES && model[end] != USED; end++)
            ;
        if (end - i > best && (count_model(i, end - i, DIRTY) > 0) == with_dirty)
            best = end - i;
    }
    return best;
}

static void require_same_state(void)
{
    extent_check();
    require_equal(extent_totals.dirty, count_model(0, GRANULES, DIRTY));
    require_equal(extent_totals.clean, count_model(0, GRANULES, CLEAN));
}

static void require_same_bits(void)
{
    for (size_t i = 0; i < GRANULES; i++)
        require_equal(extent_holds(at(i)), model[i] != USED);
}

static void try_cut(struct core_random *r)
{
    size_t granules = GRANULES_PER_UNIT + core_random_below(r, 40);
    size_t sure = granules + granules / 8 + 1; // in a list of longer ones only
    size_t dirty = longest(true), clean = longest(false);
    bool aligned = core_random_below(r, 4) == 0;
    size_t alignment = GRANULE << (aligned ? core_random_below(r, 6) : 0);
    struct extent e = {NULL, 0, 0};
    bool done = extent_cut(granules, alignment, &e);

    if (done) {
        require_equal((uintptr_t)e.start & (alignment - 1), 0);
        require_cut(&e, granules);
    }
    require(!done || granules <= (dirty > clean ? dirty : clean));
    require(done || aligned || (sure > dirty && sure > clean));
}

static void try_cut_at(struct core_random *r)
{
    size_t first = core_random_below(r, GRANULES);
    size_t most = GRANULES - first < 30 ? GRANULES - first : 30;
    size_t granules = 1 + core_random_below(r, most);
    bool is_free = count_model(first, granules, USED) == 0;
    struct extent e = {NULL, 0, 0};

    require_equal(extent_cut_at(at(first), granules, &e), is_free);
    if (is_free) {
        require(e.start == at(first));
        require_cut(&e, granules);
    }
}

static void try_cut_dirty(struct core_random *r)
{
    size_t least = 1 + core_random_below(r, 20), most = 1 + core_random_below(r, 30);
    size_t length = longest(true);
    struct extent e = {NULL, 0, 0};
    bool done = extent_cut_dirty(least, most, &e);

    // Ranges shorter than a unit are in no list, and one list holds lengths up to 1/8 apart.
    require(done || length < GRANULES_PER_UNIT || length < least + least / 8 + 1);
    if (!done)
        return;
    require(length >= least && e.granules <= most && e.dirty > 0);
    require_equal(model[(size_t)(e.start - area) / GRANULE], DIRTY);
    require_cut(&e, e.granules);
}

static void try_add(struct core_random *r)
{
    size_t first = core_random_below(r, GRANULES), count = 0;

    while (first + count < GRANULES && model[first + count] == USED && count < 24)
        count++;
    if (count > 0)
        add(first, 1 + core_random_below(r, count), core_random_next(r) & 1);
}

static void random_work_answers_as_the_model(void)
{
    struct core_random r = core_random_start();

    start();
    add(0, GRANULES, false);
    for (int step = 0; step < STEPS; step++) {
        switch (core_random_below(&r, 6)) {
        case 0:
            try_cut(&r);
            break;
        case 1:
            try_cut_at(&r);
            break;
        case 2:
            try_cut_dirty(&r);
            break;
        default:
            try_add(&r);
        }
        require_same_state();
        if (step % 64 == 0)
            require_same_bits();
    }
}

static void nothing_free_gives_nothing(void)
{
    struct extent e;

    start();
    require(!extent_cut(GRANULES_PER_UNIT, GRANULE, &e));
    require(!extent_cut_dirty(1, 100, &e));
    require(!extent_cut_at(area, 1, &e));
    require(!extent_holds(area));
    require_same_state();
}

static void dirty_memory_is_taken_before_clean(void)
{
    struct extent e;

    start();
    add(0, 16, false);
    add(32, 64, true);
    require(extent_cut(16, GRANULE, &e));
    require_equal(e.dirty, 16);
    require(e.start >= at(32));
}

static void shortest_that_fits_is_taken(void)
{
    struct extent e;

    start();
    add(0, 100, false);
    add(200, 10, false);
    add(300, 50, false);
    require(extent_cut(10, GRANULE, &e));
    require(e.start == at(200));
    require(extent_cut(45, GRANULE, &e));
    require(e.start >= at(300) && e.start < at(350));
}

static void dirtier_end_is_taken(void)
{
    struct extent e;

    start();
    add(0, 32, false);
    add(32, 8, true);
    require(extent_cut(8, GRANULE, &e));
    require(e.start == at(32) && e.dirty == 8);
    extent_add(e.start, 8, false);
    add(40, 8, false);
    set_model(0, 48, CLEAN);
    require(extent_cut_at(at(0), 8, &e));
    extent_add(at(0), 8, true);
    require(extent_cut(8, GRANULE, &e));
    require(e.start == at(0) && e.dirty == 8);
}

static void neighbours_are_joined_and_short_ranges_wait(void)
{
    struct extent e;

    start();
    for (size_t i = 0; i < 8; i += 2)
        add(i, 1, true);
    require_same_state();
    require(!extent_cut(4, GRANULE, &e));
    for (size_t i = 1; i < 8; i += 2)
        add(i, 1, false);
    require_same_state();
    require(extent_cut(8, GRANULE, &e));
    require_cut(&e, 8);
    require_equal(e.dirty, 4);
}

static void aligned_ranges_are_found_in_the_midst(void)
{
    struct extent e;

    start();
    add(1, 127, true);
    require(extent_cut(32, 64 * GRANULE, &e));
    require(e.start == at(64));
    require_cut(&e, 32);
    require_same_state();
    require(!extent_cut(32, 128 * GRANULE, &e));
}

static void parts_beside_a_cut_know_how_much_of_them_is_dirty(void)
{
    struct extent e;

    start();
    add(0, 30, true);
    add(30, 10, false);
    require(extent_cut_at(at(20), 6, &e));
    require_cut(&e, 6);
    require_equal(desc_at(at(0))->dirty, 20);
    require_equal(desc_at(at(26))->dirty, 4);
    require_same_state();
}

static void purging_takes_the_longest_first(void)
{
    struct extent e;

    start();
    add(0, 20, true);
    add(100, 10, false);
    add(110, 200, true);
    add(400, 100, false);
    require(extent_cut_dirty(1, 50, &e));
    require(e.start == at(110) && e.granules == 50 && e.dirty == 50);
}

static void broken_record_is_found(void)
{
    start();
    add(8, 32, true);
    desc_at(at(8))->granules--;
    extent_check();
}

static void broken_total_is_found(void)
{
    start();
    add(8, 32, true);
    extent_totals.dirty++;
    extent_check();
}

static void record_without_a_range_is_found(void)
{
    start();
    add(8, 32, true);
    desc_set_kind(desc_at(at(0)), KIND_EXTENT);
    extent_check();
}

// The check itself has teeth where assertions are on.
static void check_stops_at_what_is_broken(void **state)
{
    static void (*const broken[])(void) = {broken_record_is_found, broken_total_is_found,
                                           record_without_a_range_is_found};

    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        struct child child = core_child(broken[i]);

        assert_int_equal(child.signal, CHECKED ? SIGABRT : 0);
        assert_int_equal(strstr(child.text, "extent_check.c") != NULL, CHECKED);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(random_work_answers_as_the_model),
        alone(nothing_free_gives_nothing),
        alone(dirty_memory_is_taken_before_clean),
        alone(shortest_that_fits_is_taken),
        alone(dirtier_end_is_taken),
        alone(neighbours_are_joined_and_short_ranges_wait),
        alone(aligned_ranges_are_found_in_the_midst),
        alone(parts_beside_a_cut_know_how_much_of_them_is_dirty),
        alone(purging_takes_the_longest_first),
        cmocka_unit_test(check_stops_at_what_is_broken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
