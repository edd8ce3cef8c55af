// SPDX-License-Identifier: MIT
// The memory of one huge block: its guard, its room, how it shrinks, grows and moves.
#include "large/mapping.h"

#include "base/option.h"
#include "vm/charge.h"

#include "core.h"
#include "core_syscall.h"
#include "fault_probe.h"

static struct huge block, other;

static char *start_of(const struct huge *h)
{
    return (char *)atomic_load(&h->address);
}

static struct charge_totals totals(void)
{
    struct charge_totals now;

    charge_totals_get(&now);
    return now;
}

static void require_charges(size_t committed, size_t reserved)
{
    require_equal(totals().committed[CHARGE_HUGE], committed);
    require_equal(totals().reserved, reserved);
}

static void create(struct huge *h, size_t size)
{
    require(mapping_create(h, size, BLOCK_ALIGNMENT));
    require(h->size >= size && h->size % vm_page_size() == 0);
}

static void create_roomy(struct huge *h, size_t size)
{
    require(mapping_create_roomy(h, size));
    require(h->size >= size && h->size % vm_page_size() == 0);
}

static void start(void)
{
    core_start_pages(os_page_size());
}

static void block_is_zero_writable_and_ends_at_its_guard(void)
{
    static const size_t sizes[] = {0, 1, 4096, 100000, MIB - 4096, MIB, 5 * MIB + 1};

    start();
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        create(&block, sizes[i]);
        require(core_reads_only(start_of(&block), block.size, 0));
        memset(start_of(&block), 1, block.size);
        require(!fault_probe_read(start_of(&block) + block.size));
        require_charges(block.size, block.reserved);
        mapping_release(&block);
        require_charges(0, 0);
    }
}

static void every_block_holds_a_mebibyte_of_address_space(void)
{
    start();
    for (size_t size = 1; size <= 3 * MIB; size = size * 3 + 1) {
        create(&block, size);
        require(block.reserved >= MIB && block.reserved >= block.size);
        create_roomy(&block, size);
        require(block.reserved >= MIB && block.reserved >= 2 * block.size);
    }
}

static void alignments_up_to_a_gibibyte_are_kept(void)
{
    start();
    for (size_t alignment = 1; alignment <= GIB; alignment *= 2) {
        require(mapping_create(&block, MIB + 1, alignment));
        require_equal((uintptr_t)start_of(&block) & (alignment - 1), 0);
        start_of(&block)[MIB] = 1;
        mapping_release(&block);
    }
    require_charges(0, 0);
}

static void guard_off_costs_no_page(void)
{
    start();
    options.guard = GUARD_OFF;
    create(&block, 4 * MIB);
    require_equal(block.reserved, 4 * MIB);
    require(!block.guarded);
}

static void block_with_room_grows_in_place(void)
{
    char *p;

    start();
    create_roomy(&block, 3 * MIB);
    p = start_of(&block);
    memset(p, 5, 3 * MIB);
    require(!fault_probe_read(p + 3 * MIB));
    require(mapping_resize(&block, 5 * MIB));
    require(start_of(&block) == p && block.size == 5 * MIB);
    require(core_reads_only(p, 3 * MIB, 5));
    require(core_reads_only(p + 3 * MIB, 2 * MIB, 0));
    require(fault_probe_write(p + 5 * MIB - 1));
    require(!fault_probe_read(p + 5 * MIB));
    require_charges(5 * MIB, block.reserved);
}

static void block_does_not_grow_beyond_its_room_and_keeps_a_guard(void)
{
    start();
    create_roomy(&block, 3 * MIB);
    require(!mapping_resize(&block, block.reserved + 1));
    require(!mapping_resize(&block, block.reserved));
    require_equal(block.size, 3 * MIB);
    require(mapping_resize(&block, block.reserved - vm_page_size()));
    require(!fault_probe_read(start_of(&block) + block.size));
}

static void block_without_room_does_not_grow(void)
{
    start();
    create(&block, 3 * MIB);
    require(!mapping_resize(&block, 3 * MIB + 1));
    require_equal(block.size, 3 * MIB);
    require(mapping_resize(&block, 3 * MIB));
    require_charges(3 * MIB, block.reserved);
}

static void shrunk_block_gives_back_its_end(void)
{
    char *p;

    start();
    create(&block, 16 * MIB);
    p = start_of(&block);
    memset(p, 5, 16 * MIB);
    require(mapping_resize(&block, 2 * MIB));
    require(start_of(&block) == p && block.size == 2 * MIB && !block.guarded);
    require_equal(block.reserved, 4 * MIB);
    require(core_reads_only(p, 2 * MIB, 5));
    require(!fault_probe_read(p + 2 * MIB));
    require_charges(2 * MIB, 4 * MIB);
    require(mapping_resize(&block, 3 * MIB));
    require(core_reads_only(p + 2 * MIB, MIB, 0));
    require_charges(3 * MIB, 4 * MIB);
    require(mapping_resize(&block, 1));
    require_equal(block.reserved, MIB);
    mapping_release(&block);
    require_charges(0, 0);
}

static void fill(char *p, size_t size, unsigned seed)
{
    for (size_t at = 0; at < size; at += 1024)
        *(size_t *)(p + at) = at * 31 + seed;
}

static void require_filled(const char *p, size_t size, unsigned seed)
{
    for (size_t at = 0; at < size; at += 1024)
        require_equal(*(const size_t *)(p + at), at * 31 + seed);
}

// Each move makes one more mapping of the data, and each mapping is moved on its own.
static void block_moved_and_grown_again_and_again_keeps_its_contents(void)
{
    struct huge *from = &block, *to = &other, *swap;
    size_t size = MIB;

    start();
    create_roomy(from, size);
    fill(start_of(from), size, 0);
    for (unsigned i = 1; i <= HUGE_SEGMENTS + 3u; i++) {
        require(mapping_resize(from, size + MIB / 2));
        create_roomy(to, size + MIB);
        require(mapping_move(from, to));
        require_filled(start_of(to), size, i - 1);
        require(core_reads_only(start_of(to) + size, MIB, 0));
        require(to->segments <= HUGE_SEGMENTS);
        for (unsigned j = 1; j < to->segments; j++)
            require(to->bounds[j - 1] < to->bounds[j]);
        require(to->segments == 0 || to->bounds[to->segments - 1] < to->size);
        mapping_release(from);
        size += MIB;
        fill(start_of(to), size, i);
        swap = from;
        from = to;
        to = swap;
    }
    require_charges(from->size, from->reserved);
}

static void moved_block_that_shrinks_forgets_bounds_above(void)
{
    start();
    create_roomy(&block, 2 * MIB);
    create_roomy(&other, 6 * MIB);
    require(mapping_move(&block, &other));
    require_equal(other.segments, 1);
    require_equal(other.bounds[0], 2 * MIB);
    require(mapping_resize(&other, 3 * MIB));
    require_equal(other.segments, 1);
    require(mapping_resize(&other, 2 * MIB));
    require_equal(other.segments, 0);
}

static void block_that_cannot_be_moved_is_copied(void)
{
    start();
    create_roomy(&block, 2 * MIB);
    fill(start_of(&block), 2 * MIB, 9);
    create_roomy(&other, 6 * MIB);
    atomic_store(&core_failing.number, SYS_mremap);
    atomic_store(&core_failing.all, true);
    require(mapping_move(&block, &other));
    require(atomic_load(&core_failed) > 0);
    require_filled(start_of(&other), 2 * MIB, 9);
    require(core_reads_only(start_of(&other) + 2 * MIB, 4 * MIB, 0));
}

// A block of two mappings, and a new place for both.
static void create_two_parts(struct huge *third)
{
    start();
    create_roomy(&block, 2 * MIB);
    create_roomy(&other, 6 * MIB);
    require(mapping_move(&block, &other));
    require_equal(other.segments, 1);
    fill(start_of(&other), 6 * MIB, 4);
    create_roomy(third, 12 * MIB);
}

static void second_part_that_cannot_be_moved_is_copied(void)
{
    struct huge third = {0};

    create_two_parts(&third);
    atomic_store(&core_failing.number, SYS_mremap);
    atomic_store(&core_failing.countdown, 2);
    require(mapping_move(&other, &third));
    require_equal(atomic_load(&core_failed), 1);
    require_filled(start_of(&third), 6 * MIB, 4);
    require_equal(third.segments, 2);
}

static void move_that_fails_half_way_leaves_the_block_as_it_was(void)
{
    struct huge third = {0};

    create_two_parts(&third);
    atomic_store(&core_failing.countdown, 2);
    atomic_store(&core_failing.mapping, 1);
    require(!mapping_move(&other, &third));
    require_equal(atomic_load(&core_failed), 2);
    require_filled(start_of(&other), 6 * MIB, 4);
    memset(start_of(&other), 1, 6 * MIB);
}

static void each_refused_call_creates_nothing(void)
{
    int refused = 0;

    start();
    for (int n = 1, plain = 1;; n++) {
        bool done;

        atomic_store(&core_failing.countdown, n);
        done = plain ? mapping_create(&block, 2 * MIB, 8 * MIB)
                     : mapping_create_roomy(&block, 2 * MIB);
        refused += !done;
        if (done) {
            require(core_reads_only(start_of(&block), block.size, 0));
            mapping_release(&block);
        }
        require_charges(0, 0);
        if (atomic_exchange(&core_failing.countdown, 0) > 0) {
            if (plain-- == 0)
                break;
            n = 0;
        }
    }
    require(refused > 0);
}

static void refused_room_is_done_without(void)
{
    start();
    atomic_store(&core_failing.mapping, 12 * MIB);
    create_roomy(&block, 8 * MIB);
    require(block.reserved < 12 * MIB);
    require(!fault_probe_read(start_of(&block) + block.size));
}

static void refused_growth_and_shrinking_change_nothing(void)
{
    start();
    create_roomy(&block, 3 * MIB);
    memset(start_of(&block), 3, 3 * MIB);
    atomic_store(&core_failing.all, true);
    require(!mapping_resize(&block, 4 * MIB));
    require(!mapping_resize(&block, MIB));
    require_equal(block.size, 3 * MIB);
    require(core_reads_only(start_of(&block), 3 * MIB, 3));
    require_charges(3 * MIB, block.reserved);
}

static void pages_move_in_and_leave_zeros(void)
{
    char *from;

    start();
    from = vm_map(2 * MIB, 2 * MIB);
    require(from != NULL);
    fill(from, 2 * MIB, 7);
    create_roomy(&block, 5 * MIB);
    require(mapping_move_in(&block, from, 2 * MIB));
    require_filled(start_of(&block), 2 * MIB, 7);
    require(core_reads_only(start_of(&block) + 2 * MIB, 3 * MIB, 0));
    require(core_reads_only(from, 2 * MIB, 0));
    require(block.segments == 1 && block.bounds[0] == 2 * MIB);
    memset(start_of(&block), 1, block.size);
}

// The system calls that a new mapping costs beside the mapping itself.
static int advice_for(size_t huge_pages)
{
    int before = atomic_load(&core_failed);

    options.thp = huge_pages;
    create(&block, 4 * MIB);
    mapping_release(&block);
    return atomic_load(&core_failed) - before;
}

static void huge_pages_are_left_to_the_system_unless_set(void)
{
    core_start_pages(os_page_size());
    options.guard = GUARD_OFF;
    atomic_store(&core_failing.number, SYS_madvise);
    atomic_store(&core_failing.all, true);
    require_equal(advice_for(THP_AUTO), 0);
    require_equal(advice_for(THP_NEVER), 1);
    require_equal(advice_for(THP_ALWAYS), 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(block_is_zero_writable_and_ends_at_its_guard),
        alone(every_block_holds_a_mebibyte_of_address_space),
        alone(alignments_up_to_a_gibibyte_are_kept),
        alone(guard_off_costs_no_page),
        alone(block_with_room_grows_in_place),
        alone(block_does_not_grow_beyond_its_room_and_keeps_a_guard),
        alone(block_without_room_does_not_grow),
        alone(shrunk_block_gives_back_its_end),
        alone(block_moved_and_grown_again_and_again_keeps_its_contents),
        alone(moved_block_that_shrinks_forgets_bounds_above),
        alone(block_that_cannot_be_moved_is_copied),
        alone(second_part_that_cannot_be_moved_is_copied),
        alone(move_that_fails_half_way_leaves_the_block_as_it_was),
        alone(each_refused_call_creates_nothing),
        alone(refused_room_is_done_without),
        alone(refused_growth_and_shrinking_change_nothing),
        alone(pages_move_in_and_leave_zeros),
        alone(huge_pages_are_left_to_the_system_unless_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
