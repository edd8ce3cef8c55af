// SPDX-License-Identifier: MIT
// Reservations that double, their share under a limit, and what happens when the system refuses.
#include "vm/region.h"

#include "base/lock.h"
#include "vm/charge.h"
#include "vm/extent.h"
#include "vm/pages.h"

#include "core.h"
#include "core_syscall.h"
#include "fault_probe.h"

// Address space of a GiB's records, which comes with the first region in it.
#define SLOT_RECORDS (((size_t)UNITS_PER_SLOT << DESC_SHIFT) + sizeof(struct granule_map))

enum { CHUNK_GRANULES = 1 << (CHUNK_SHIFT - GRANULE_SHIFT) };

static bool grow(size_t granules)
{
    bool done;

    lock_take(LOCK_GROW);
    done = region_grow(granules);
    lock_give(LOCK_GROW);
    return done;
}

static struct charge_totals totals(void)
{
    struct charge_totals now;

    charge_totals_get(&now);
    return now;
}

static size_t count_regions(void)
{
    char *base;
    size_t used, n = 0;

    while (region_get(n, &base, &used))
        n++;
    return n;
}

static size_t used_in_all(void)
{
    char *base;
    size_t used, sum = 0;

    for (size_t i = 0; region_get(i, &base, &used); i++)
        sum += used;
    return sum;
}

// All that was given out is free, clean and charged.
static void require_accounts(void)
{
    lock_take(LOCK_EXTENT);
    extent_check();
    require_equal(extent_totals.clean << GRANULE_SHIFT, used_in_all());
    require_equal(extent_totals.dirty, 0);
    lock_give(LOCK_EXTENT);
    require_equal(totals().committed[CHARGE_CHUNK], used_in_all());
}

// The size of the region that a growth added, from what it reserved. 0: none was.
static size_t added_region(size_t reserved_before)
{
    size_t added = totals().reserved - reserved_before;

    return (added & (added - 1)) != 0 ? added - SLOT_RECORDS : added;
}

static void regions_double_and_lie_on_their_size(void)
{
    size_t sum = 0, expected = FIRST_REGION;

    core_start_pages(os_page_size());
    while (sum < 16 * FIRST_REGION) {
        size_t before = totals().reserved;
        size_t size, used;
        char *base;

        require(grow(CHUNK_GRANULES));
        require_accounts();
        size = added_region(before);
        if (size == 0)
            continue;
        require_equal(size, expected);
        require(region_get(count_regions() - 1, &base, &used));
        require_equal((uintptr_t)base % size, 0);
        require_equal((uintptr_t)base / SLOT, ((uintptr_t)base + size - 1) / SLOT);
        sum += size;
        expected = sum < LAST_REGION ? sum : LAST_REGION;
    }
    require(count_regions() >= 4);
}

static void growth_gives_at_least_what_was_asked_for_in_a_row(void)
{
    core_start_pages(os_page_size());
    for (size_t granules = 1; granules <= 8 * CHUNK_GRANULES; granules = granules * 3 + 1) {
        size_t whole = pages_round(granules * GRANULE) / GRANULE;
        struct extent e;

        require(grow(granules));
        require_accounts();
        lock_take(LOCK_EXTENT);
        require(whole < GRANULES_PER_UNIT || extent_cut(whole, vm_page_size(), &e));
        if (whole >= GRANULES_PER_UNIT)
            extent_add(e.start, whole, false);
        lock_give(LOCK_EXTENT);
    }
}

static void what_is_given_out_is_accessible_and_zero_and_the_rest_is_not(void)
{
    size_t used;
    char *base;

    core_start_pages(os_page_size());
    require(grow(CHUNK_GRANULES / 2));
    require(region_get(0, &base, &used));
    require(used < FIRST_REGION);
    require(core_reads_only(base, used, 0));
    require(fault_probe_write(base) && fault_probe_write(base + used - 1));
    require(!fault_probe_read(base + used));
    require(!region_get(1, &base, &used));
}

static void descriptors_of_what_is_given_out_are_writable(void)
{
    size_t used;
    char *base;

    core_start_pages(os_page_size());
    require(grow(3 * CHUNK_GRANULES));
    require(region_get(0, &base, &used));
    for (size_t at = 0; at < used; at += UNIT)
        require(fault_probe_write((char *)&desc_at(base + at)->units));
}

static void addresses_of_the_used_part_are_held(void)
{
    size_t used;
    char *base;
    int local;

    core_start_pages(os_page_size());
    require(!region_holds(NULL) && !region_holds(&local));
    require(grow(1));
    require(region_get(0, &base, &used));
    require(region_holds(base) && region_holds(base + used - 1));
    require(!region_holds(base - 1) && !region_holds(base + used));
    require(!region_holds(NULL) && !region_holds(&local));
}

static void request_of_more_than_the_first_region_gets_a_larger_one(void)
{
    size_t used;
    char *base;

    core_start_pages(os_page_size());
    require(grow(5 * FIRST_REGION / GRANULE));
    require(region_get(0, &base, &used));
    require_equal(added_region(0), 8 * FIRST_REGION);
    require(used >= 5 * FIRST_REGION);
    require_accounts();
}

static void request_of_more_than_a_slot_is_refused(void)
{
    core_start_pages(os_page_size());
    require(!grow(GRANULES_PER_SLOT + 1));
    require_equal(count_regions(), 0);
    require(grow(1));
}

static void limited_process_reserves_an_eighth_of_what_is_left(void)
{
    size_t limit = 32 * FIRST_REGION, sum = 0;

    core_start_pages(os_page_size());
    region_init(limit);
    while (sum < limit / 2) {
        size_t before = totals().reserved;
        size_t size, share = (limit - sum) / 8;

        require(grow(CHUNK_GRANULES));
        size = added_region(before);
        require(size <= (share > CHUNK ? share : CHUNK));
        require(size == 0 || size > share / 2 || size == sum || size == FIRST_REGION);
        sum += size;
    }
}

static void process_beyond_its_limit_still_gets_chunks(void)
{
    core_start_pages(os_page_size());
    region_init(CHUNK / 2);
    for (int i = 0; i < 4; i++) {
        size_t before = totals().reserved;

        require(grow(CHUNK_GRANULES));
        require_equal(added_region(before), CHUNK);
    }
    require(grow(5 * CHUNK_GRANULES));
    require_accounts();
}

static void refused_reservation_is_tried_at_half_the_size(void)
{
    core_start_pages(os_page_size());
    require(grow(FIRST_REGION / GRANULE));
    require(grow(FIRST_REGION / GRANULE));
    // Less than the doubled size, more than its half with what aligning it costs.
    atomic_store(&core_failing.mapping, 2 * FIRST_REGION);
    for (int i = 0; i < 6; i++) {
        size_t before = totals().reserved;

        require(grow(CHUNK_GRANULES));
        require(added_region(before) < 2 * FIRST_REGION);
        require_accounts();
    }
    require(atomic_load(&core_failed) > 0);
    require(!grow(4 * FIRST_REGION / GRANULE));
    require_accounts();
}

static void each_refused_call_leaves_the_accounts_right(void)
{
    int refused = 0;

    for (int n = 1;; n++) {
        bool done;

        if (n == 1)
            core_start_pages(os_page_size());
        atomic_store(&core_failing.countdown, n);
        // As much as a region, so that each attempt needs a new one.
        done = grow(FIRST_REGION / GRANULE);
        require_accounts();
        refused += !done;
        if (atomic_exchange(&core_failing.countdown, 0) > 0) {
            require(done);
            break;
        }
        require(n < 50);
    }
    require(refused > 0);
}

static void refused_commit_gives_nothing_out(void)
{
    size_t before;

    core_start_pages(os_page_size());
    require(grow(1));
    before = used_in_all();
    atomic_store(&core_failing.number, SYS_mprotect);
    atomic_store(&core_failing.all, true);
    require(!grow(1));
    require(atomic_load(&core_failed) > 0);
    require_equal(used_in_all(), before);
    require_accounts();
}

static void no_memory_at_all_is_reported_and_passes(void)
{
    core_start_pages(os_page_size());
    atomic_store(&core_failing.all, true);
    require(!grow(1));
    require(!grow(CHUNK_GRANULES));
    require_equal(count_regions(), 0);
    require_equal(totals().reserved, 0);
    require_equal(totals().committed[CHARGE_CHUNK], 0);
    atomic_store(&core_failing.all, false);
    require(grow(1));
    require_accounts();
}

static void large_pages_divide_what_is_given_out(void)
{
    size_t used;
    char *base;

    core_start_pages(64 * KIB);
    for (int i = 1; i < 20; i++)
        require(grow((size_t)i * 16));
    for (size_t i = 0; region_get(i, &base, &used); i++)
        require_equal(used % (64 * KIB), 0);
    require_accounts();
}

// Of the first regions none were asked for: nothing needs to end there.
static void huge_pages_are_asked_for_until_something_is_purged(void)
{
    char *base = NULL;
    size_t used;

    core_start_pages(os_page_size());
    while (totals().reserved < 100 * MIB)
        require(grow(CHUNK_GRANULES));
    require(region_get(count_regions() - 1, &base, &used));
    atomic_store(&core_failing.number, SYS_madvise);
    atomic_store(&core_failing.all, true);
    region_end_huge(base + used - 1);
    require_equal(atomic_load(&core_failed), 1);
    region_end_huge(base);
    require_equal(atomic_load(&core_failed), 1);
    require(region_get(0, &base, &used));
    region_end_huge(base);
    require_equal(atomic_load(&core_failed), 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(regions_double_and_lie_on_their_size),
        alone(growth_gives_at_least_what_was_asked_for_in_a_row),
        alone(what_is_given_out_is_accessible_and_zero_and_the_rest_is_not),
        alone(descriptors_of_what_is_given_out_are_writable),
        alone(addresses_of_the_used_part_are_held),
        alone(request_of_more_than_the_first_region_gets_a_larger_one),
        alone(request_of_more_than_a_slot_is_refused),
        alone(limited_process_reserves_an_eighth_of_what_is_left),
        alone(process_beyond_its_limit_still_gets_chunks),
        alone(refused_reservation_is_tried_at_half_the_size),
        alone(each_refused_call_leaves_the_accounts_right),
        alone(refused_commit_gives_nothing_out),
        alone(no_memory_at_all_is_reported_and_passes),
        alone(large_pages_divide_what_is_given_out),
        alone(huge_pages_are_asked_for_until_something_is_purged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
