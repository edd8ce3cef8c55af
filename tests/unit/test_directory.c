// SPDX-License-Identifier: MIT
// The table from addresses to descriptors: what is ours, what is not, and what can be written.
#include "vm/directory.h"

#include "base/lock.h"
#include "vm/charge.h"

#include "core.h"
#include "core_syscall.h"
#include "fault_probe.h"

static char *slot; // a GiB of address space that nothing is in

static bool add_slot(const void *p)
{
    bool done;

    lock_take(LOCK_GROW);
    done = directory_add_slot(p);
    lock_give(LOCK_GROW);
    return done;
}

static bool commit(const void *p, size_t size)
{
    bool done;

    lock_take(LOCK_GROW);
    done = directory_commit(p, size);
    lock_give(LOCK_GROW);
    return done;
}

static void start(void)
{
    core_start_pages(os_page_size());
    slot = vm_reserve(SLOT, SLOT);
    require(slot != NULL);
}

static size_t reserved(void)
{
    struct charge_totals totals;

    charge_totals_get(&totals);
    return totals.reserved;
}

static size_t metadata(void)
{
    struct charge_totals totals;

    charge_totals_get(&totals);
    return totals.committed[CHARGE_METADATA];
}

static void lookup_of_what_is_not_ours_gives_null(void)
{
    int local;

    require(desc_of(NULL) == NULL);
    require(desc_of(&local) == NULL);
    start();
    require(desc_of(NULL) == NULL);
    require(desc_of(&local) == NULL);
    require(desc_of(slot) == NULL);
    require(add_slot(slot));
    require(desc_of(slot) != NULL);
    require(desc_of(slot - 1) == NULL);
    require(desc_of(slot + SLOT) == NULL);
    require(desc_of(&local) == NULL);
}

static void every_descriptor_of_a_new_slot_reads_as_none(void)
{
    start();
    require(add_slot(slot));
    for (size_t unit = 0; unit < UNITS_PER_SLOT; unit++) {
        const struct desc *d = desc_of(slot + (unit << UNIT_SHIFT));

        require_equal(desc_kind(d), KIND_NONE);
        require(atomic_load(&d->owner) == NULL);
    }
}

static void addresses_of_a_unit_share_a_descriptor_and_units_do_not(void)
{
    const struct desc *first;

    start();
    require(add_slot(slot));
    first = desc_of(slot);
    require_equal((uintptr_t)first % CACHE_LINE, 0);
    for (size_t unit = 0; unit < UNITS_PER_SLOT; unit++) {
        const char *p = slot + (unit << UNIT_SHIFT);

        require(desc_of(p) == first + unit);
        require(desc_of(p + 1) == first + unit);
        require(desc_of(p + UNIT - 1) == first + unit);
        require(desc_at(p + UNIT - 1) == first + unit);
    }
}

static void granules_are_counted_from_the_start_of_the_slot(void)
{
    start();
    require(add_slot(slot));
    for (size_t granule = 0; granule < GRANULES_PER_SLOT; granule++) {
        const char *p = slot + (granule << GRANULE_SHIFT);

        require_equal(granule_index(p), granule);
        require_equal(granule_index(p + GRANULE - 1), granule);
    }
    require(granule_map_of(slot) == granule_map_of(slot + SLOT - 1));
}

static void granule_map_of_a_new_slot_is_empty_and_writable(void)
{
    struct granule_map *map;

    start();
    require(add_slot(slot));
    map = granule_map_of(slot);
    require(core_reads_only((const char *)map, sizeof(*map), 0));
    memset(map, 0xff, sizeof(*map));
    require_equal(desc_kind(desc_of(slot + SLOT - 1)), KIND_NONE);
}

static void adding_a_slot_again_changes_nothing(void)
{
    const struct desc *d;
    size_t before;

    start();
    require(add_slot(slot));
    d = desc_of(slot);
    before = reserved();
    require(add_slot(slot + SLOT / 2));
    require(desc_of(slot) == d);
    require_equal(reserved(), before);
}

static void address_beyond_the_table_is_refused(void)
{
    start();
    require(desc_of(NULL) == NULL);
    // Pointers of 32 bits have no such address.
    if (sizeof(void *) > 4) {
        require(!add_slot((void *)(uintptr_t)(UINT64_C(1) << ADDRESS_BITS)));
        require(!add_slot((void *)UINTPTR_MAX));
    }
}

static void descriptors_are_writable_where_committed_only(void)
{
    size_t per_page = vm_page_size() / sizeof(struct desc);
    char *middle, *first;

    start();
    require(add_slot(slot));
    middle = slot + per_page * 8 * UNIT;
    first = (char *)desc_of(middle);
    require_equal(metadata(), sizeof(struct granule_map));
    require(!fault_probe_write(first));
    require(commit(middle, per_page * UNIT));
    require_equal(metadata(), sizeof(struct granule_map) + vm_page_size());
    require(fault_probe_write(first));
    require(fault_probe_write(first + vm_page_size() - 1));
    require(!fault_probe_write(first - 1));
    require(!fault_probe_write(first + vm_page_size()));
}

static void committing_descriptors_keeps_those_beside_them(void)
{
    struct desc *d;

    start();
    require(add_slot(slot));
    require(commit(slot, UNIT));
    d = desc_at(slot);
    desc_set_kind(d, KIND_RUN);
    d->base = slot;
    require(commit(slot + UNIT, UNIT));
    require_equal(desc_kind(d), KIND_RUN);
    require(d->base == slot);
}

static void table_is_writable_for_slots_in_use_only(void)
{
    char *other = (char *)directory;

    start();
    require(add_slot(slot));
    if (directory + (untag(slot) >> SLOT_SHIFT) < directory + DIRECTORY_SLOTS / 2)
        other += sizeof(directory) - 1;
    require(fault_probe_read(other));
    require(!fault_probe_write(other));
}

// The slot's two mappings and its place in the table; advice may be refused without harm.
static void each_refused_call_leaves_the_slot_unknown(void)
{
    int n = 1, refused = 0;
    size_t known = 1;

    start();
    for (;; n++) {
        char *other = (char *)((uintptr_t)slot ^ known * SLOT);
        size_t reserved_before = reserved(), metadata_before = metadata();
        bool done;

        atomic_store(&core_failing.countdown, n);
        done = add_slot(other);
        if (atomic_exchange(&core_failing.countdown, 0) > 0) {
            require(done);
            break;
        }
        require((desc_of(other) != NULL) == done);
        known += done;
        if (!done) {
            refused++;
            require_equal(reserved(), reserved_before);
            require_equal(metadata(), metadata_before);
        }
    }
    require(refused >= 3);
}

static void refused_commit_is_reported_and_not_charged(void)
{
    size_t before;

    start();
    require(add_slot(slot));
    before = metadata();
    atomic_store(&core_failing.all, true);
    require(!commit(slot, CHUNK));
    atomic_store(&core_failing.all, false);
    require_equal(metadata(), before);
    require(commit(slot, CHUNK));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(lookup_of_what_is_not_ours_gives_null),
        alone(every_descriptor_of_a_new_slot_reads_as_none),
        alone(addresses_of_a_unit_share_a_descriptor_and_units_do_not),
        alone(granules_are_counted_from_the_start_of_the_slot),
        alone(granule_map_of_a_new_slot_is_empty_and_writable),
        alone(adding_a_slot_again_changes_nothing),
        alone(address_beyond_the_table_is_refused),
        alone(descriptors_are_writable_where_committed_only),
        alone(committing_descriptors_keeps_those_beside_them),
        alone(table_is_writable_for_slots_in_use_only),
        alone(each_refused_call_leaves_the_slot_unknown),
        alone(refused_commit_is_reported_and_not_charged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
