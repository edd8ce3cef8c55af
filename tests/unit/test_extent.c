// SPDX-License-Identifier: MIT
// The free extents, against an array with one state a page.
#include "vm/extent.h"

#include "base/check.h"
#include "base/lock.h"
#include "vm/pages.h"

#include "core.h"

enum { PAGES = 1024, STEPS = 1200 };
enum state { USED, CLEAN, DIRTY };

// What was cut out, in pages: all ranges are whole ones.
struct range {
    char *start;
    size_t pages, dirty;
};

static char *area;
static enum state model[PAGES];
static size_t page, page_granules;
static size_t least_cut; // pages: a unit

// Address space of one slot, with the records of its first part; its memory is never touched.
static void start(void)
{
    core_start_pages(os_page_size());
    page = vm_page_size();
    page_granules = page / GRANULE;
    least_cut = pages_round(UNIT) / page;
    area = vm_reserve(SLOT, SLOT);
    require(area != NULL);
    lock_take(LOCK_GROW);
    require(directory_add_slot(area));
    require(directory_commit(area, PAGES * page));
    lock_take(LOCK_EXTENT);
}

static char *at(size_t i)
{
    return area + i * page;
}

static struct range range_of(const struct extent *e)
{
    require_equal(e->granules % page_granules, 0);
    require_equal(e->dirty % page_granules, 0);
    return (struct range){e->start, e->granules / page_granules, e->dirty / page_granules};
}

static bool cut(size_t pages, size_t alignment, struct range *out)
{
    struct extent e;

    if (!extent_cut(pages * page_granules, alignment * page, &e))
        return false;
    *out = range_of(&e);
    return true;
}

static bool cut_at(size_t first, size_t pages, struct range *out)
{
    struct extent e;

    if (!extent_cut_at(at(first), pages * page_granules, &e))
        return false;
    *out = range_of(&e);
    return true;
}

// The bounds are in granules, as the policy counts.
static bool cut_dirty(size_t least, size_t most, struct range *out)
{
    struct extent e;

    if (!extent_cut_dirty(least, most, &e))
        return false;
    *out = range_of(&e);
    return true;
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
    extent_add(at(first), count * page_granules, dirty);
    set_model(first, count, dirty ? DIRTY : CLEAN);
}

// What was cut out: free before, dirty where the model says so.
static void require_cut(const struct range *r, size_t pages)
{
    size_t first = (size_t)(r->start - area) / page;

    require(r->start == at(first) && first + pages <= PAGES);
    require_equal(r->pages, pages);
    require_equal(count_model(first, pages, USED), 0);
    require_equal(r->dirty, count_model(first, pages, DIRTY));
    set_model(first, pages, USED);
}

// The longest free range that holds a dirty page, or does not: a set of extents.
static size_t longest(bool with_dirty)
{
    size_t best = 0;

    for (size_t i = 0, end; i < PAGES; i = end + 1) {
        for (end = i; end < PAGES && model[end] != USED; end++)
            ;
        if (end - i > best && (count_model(i, end - i, DIRTY) > 0) == with_dirty)
            best = end - i;
    }
    return best;
}

static void require_same_state(void)
{
    extent_check();
    require_equal(extent_totals.dirty, count_model(0, PAGES, DIRTY) * page_granules);
    require_equal(extent_totals.clean, count_model(0, PAGES, CLEAN) * page_granules);
}

static void require_same_bits(void)
{
    for (size_t i = 0; i < PAGES * page_granules; i++)
        require_equal(extent_holds(area + i * GRANULE), model[i / page_granules] != USED);
}

static void try_cut(struct core_random *r)
{
    size_t pages = least_cut + core_random_below(r, 40);
    size_t sure = pages + pages / 8 + 1; // in a list of longer ones only
    size_t dirty = longest(true), clean = longest(false);
    bool aligned = core_random_below(r, 4) == 0;
    size_t alignment = (size_t)1 << (aligned ? core_random_below(r, 6) : 0);
    struct range range = {NULL, 0, 0};
    bool done = cut(pages, alignment, &range);

    if (done) {
        require_equal((uintptr_t)range.start & (alignment * page - 1), 0);
        require_cut(&range, pages);
    }
    require(!done || pages <= (dirty > clean ? dirty : clean));
    require(done || aligned || (sure > dirty && sure > clean));
}

static void try_cut_at(struct core_random *r)
{
    size_t first = core_random_below(r, PAGES);
    size_t most = PAGES - first < 30 ? PAGES - first : 30;
    size_t pages = 1 + core_random_below(r, most);
    bool is_free = count_model(first, pages, USED) == 0;
    struct range range = {NULL, 0, 0};

    require_equal(cut_at(first, pages, &range), is_free);
    if (is_free) {
        require(range.start == at(first));
        require_cut(&range, pages);
    }
}

static void try_cut_dirty(struct core_random *r)
{
    size_t least = 1 + core_random_below(r, 20 * page_granules);
    size_t most = 1 + core_random_below(r, 30 * page_granules);
    size_t length = longest(true) * page_granules;
    struct range range = {NULL, 0, 0};
    bool done = cut_dirty(least, most, &range);

    // Ranges shorter than a unit are in no list, and one list holds lengths up to 1/8 apart.
    require(done || length < GRANULES_PER_UNIT || length < least + least / 8 + 1);
    if (!done)
        return;
    require(length >= least && range.dirty > 0);
    require(range.pages * page <= pages_round(most * GRANULE));
    require_equal(model[(size_t)(range.start - area) / page], DIRTY);
    require_cut(&range, range.pages);
}

static void try_add(struct core_random *r)
{
    size_t first = core_random_below(r, PAGES), count = 0;

    while (first + count < PAGES && model[first + count] == USED && count < 24)
        count++;
    if (count > 0)
        add(first, 1 + core_random_below(r, count), core_random_next(r) & 1);
}

static void random_work_answers_as_the_model(void)
{
    struct core_random r = core_random_start();

    start();
    add(0, PAGES, false);
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
    struct range range;

    start();
    require(!cut(least_cut, 1, &range));
    require(!cut_dirty(1, 100, &range));
    require(!cut_at(0, 1, &range));
    require(!extent_holds(area));
    require_same_state();
}

static void dirty_memory_is_taken_before_clean(void)
{
    struct range range;

    start();
    add(0, 16, false);
    add(32, 64, true);
    require(cut(16, 1, &range));
    require_equal(range.dirty, 16);
    require(range.start >= at(32));
}

static void shortest_that_fits_is_taken(void)
{
    struct range range;

    start();
    add(0, 100, false);
    add(200, 10, false);
    add(300, 50, false);
    require(cut(10, 1, &range));
    require(range.start == at(200));
    require(cut(45, 1, &range));
    require(range.start >= at(300) && range.start < at(350));
}

static void dirtier_end_is_taken(void)
{
    struct range range;

    start();
    add(0, 32, false);
    add(32, 8, true);
    require(cut(8, 1, &range));
    require(range.start == at(32) && range.dirty == 8);
    add(32, 8, false);
    add(40, 8, false);
    require(cut_at(0, 8, &range));
    add(0, 8, true);
    require(cut(8, 1, &range));
    require(range.start == at(0) && range.dirty == 8);
}

static void neighbours_are_joined_and_short_ranges_wait(void)
{
    struct range range;

    start();
    for (size_t i = 0; i < 8; i += 2)
        add(i, 1, true);
    require_same_state();
    require(!cut(least_cut > 1 ? least_cut : 2, 1, &range));
    for (size_t i = 1; i < 8; i += 2)
        add(i, 1, false);
    require_same_state();
    require(cut(8, 1, &range));
    require_cut(&range, 8);
    require_equal(range.dirty, 4);
}

static void aligned_ranges_are_found_in_the_midst(void)
{
    struct range range;

    start();
    add(1, 127, true);
    require(cut(32, 64, &range));
    require(range.start == at(64));
    require_cut(&range, 32);
    require_same_state();
    require(!cut(32, 128, &range));
}

static void parts_beside_a_cut_know_how_much_of_them_is_dirty(void)
{
    struct range range;

    start();
    add(0, 30, true);
    add(30, 10, false);
    require(cut_at(20, 6, &range));
    require_cut(&range, 6);
    require_equal(desc_at(at(0))->dirty, 20 * page_granules);
    require_equal(desc_at(at(26))->dirty, 4 * page_granules);
    require_same_state();
}

static void purging_takes_the_longest_first(void)
{
    struct range range;

    start();
    add(0, 20, true);
    add(100, 10, false);
    add(110, 200, true);
    add(400, 100, false);
    require(cut_dirty(1, 50 * page_granules, &range));
    require(range.start == at(110) && range.pages == 50 && range.dirty == 50);
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
