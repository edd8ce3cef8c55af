// SPDX-License-Identifier: MIT
// The size classes, for every size, every alignment and every page size.
#include "binned/bin.h"

#include "core.h"

static const size_t page_sizes[] = {4096, 8192, 16384, 32768, 65536};

enum { PAGE_SIZES = sizeof(page_sizes) / sizeof(page_sizes[0]) };

static void every_size_gets_the_smallest_bin_that_holds_it(void)
{
    for (size_t size = 0; size <= BIN_MAX; size++) {
        unsigned bin = bin_of(size);

        require(bin < BIN_COUNT);
        require(bin_size(bin) >= size);
        require(bin == 0 || bin_size(bin - 1) < size);
    }
}

static void every_bins_own_size_leads_back_to_it(void)
{
    for (unsigned bin = 0; bin < BIN_COUNT; bin++)
        require_equal(bin_of(bin_size(bin)), bin);
    require_equal(bin_size(0), BLOCK_ALIGNMENT);
    require_equal(bin_size(BIN_COUNT - 1), BIN_MAX);
}

static void every_hot_lookup_equals_bin_of(void)
{
    for (size_t size = 0; size <= BIN_SMALL_MAX; size++)
        require_equal(bin_of_small[(size + 15) >> 4], bin_of(size));
    for (size_t size = BIN_SMALL_MAX + 1; size <= BIN_MAX; size++)
        require_equal(bin_of_medium[(size + 127) >> 7], bin_of(size));
}

static void every_bin_is_a_multiple_of_the_alignment_and_near_the_last(void)
{
    for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
        require_equal(bin_size(bin) % BLOCK_ALIGNMENT, 0);
        if (bin == 0)
            continue;
        require(bin_size(bin) > bin_size(bin - 1));
        require(bin < 8 || (bin_size(bin) - bin_size(bin - 1)) * 8 <= bin_size(bin - 1));
    }
}

static void rounding_loses_six_percent_on_average(void)
{
    double lost = 0;

    for (size_t size = 1; size <= BIN_MAX; size++)
        lost += (double)(bin_size(bin_of(size)) - size) / (double)bin_size(bin_of(size));
    require(lost / BIN_MAX < 0.06);
}

static void every_slab_is_whole_pages_and_holds_a_block(void)
{
    for (int i = 0; i < PAGE_SIZES; i++)
        for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
            size_t bytes = (size_t)bin_units(bin, page_sizes[i]) << UNIT_SHIFT;
            size_t first = (size_t)bin_units_of_first(bin, page_sizes[i]) << UNIT_SHIFT;

            require_equal(bytes % page_sizes[i], 0);
            require_equal(first % page_sizes[i], 0);
            require(first >= bin_size(bin) && first <= bytes);
            require(bytes <= UINT8_MAX * UNIT);
            require(bytes / bin_size(bin) <= UINT16_MAX);
        }
}

static void slabs_with_small_pages_lose_at_most_a_sixteenth(void)
{
    for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
        unsigned units = bin_units(bin, 4096);
        size_t bytes = (size_t)units << UNIT_SHIFT;

        require(units >= 1 && units <= SLAB_UNITS_MAX);
        require(bytes / bin_size(bin) >= 4);
        require(bytes % bin_size(bin) <= bytes / 16);
        require(bin_size(bin) > BIN_SMALL_MAX || units == 1);
    }
}

static void units_of_small_pages_are_as_few_as_can_be(void)
{
    for (unsigned bin = 0; bin < BIN_COUNT; bin++)
        for (unsigned units = 1; units < bin_units(bin, 4096); units++) {
            size_t bytes = (size_t)units << UNIT_SHIFT;

            require(bytes / bin_size(bin) < 4 || bytes % bin_size(bin) > bytes / 16);
        }
}

static void first_slabs_are_as_small_as_the_block_allows(void)
{
    for (int i = 0; i < PAGE_SIZES; i++)
        for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
            size_t step = page_sizes[i] > UNIT ? page_sizes[i] : UNIT;
            size_t first = (size_t)bin_units_of_first(bin, page_sizes[i]) << UNIT_SHIFT;

            require(first - step < bin_size(bin));
        }
}

static void every_alignment_gets_the_first_bin_that_keeps_it(void)
{
    for (size_t alignment = 1; alignment <= UNIT; alignment *= 2)
        for (size_t size = 0; size <= BIN_MAX; size += size < 300 ? 1 : 61) {
            unsigned bin = bin_of_aligned(size, alignment);
            unsigned lower = bin_of(size);

            if (bin < BIN_COUNT)
                require(bin_size(bin) >= size && bin_size(bin) % alignment == 0);
            for (; lower < bin; lower++)
                require(bin_size(lower) % alignment != 0);
        }
}

static void alignment_of_every_power_up_to_a_unit_has_a_bin(void)
{
    for (size_t alignment = 1; alignment <= UNIT; alignment *= 2)
        require(bin_of_aligned(alignment, alignment) < BIN_COUNT);
}

static void what_no_bin_can_serve_gets_none(void)
{
    require_equal(bin_of_aligned(BIN_MAX + 1, 16), BIN_COUNT);
    require_equal(bin_of_aligned(1, 2 * UNIT), BIN_COUNT);
    require_equal(bin_of_aligned(SIZE_MAX, 1), BIN_COUNT);
}

static void every_offset_is_divided_right(void)
{
    for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
        const struct bin_divisor *by = &bin_divisors[bin];

        require_equal(by->size, bin_size(bin));
        for (size_t steps = 0; steps < (SLAB_UNITS_MAX * UNIT * 4) >> 4; steps++)
            require_equal((uint64_t)steps * by->reciprocal >> 31, (steps << 4) / bin_size(bin));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(every_size_gets_the_smallest_bin_that_holds_it),
        alone(every_bins_own_size_leads_back_to_it),
        alone(every_hot_lookup_equals_bin_of),
        alone(every_bin_is_a_multiple_of_the_alignment_and_near_the_last),
        alone(rounding_loses_six_percent_on_average),
        alone(every_slab_is_whole_pages_and_holds_a_block),
        alone(slabs_with_small_pages_lose_at_most_a_sixteenth),
        alone(units_of_small_pages_are_as_few_as_can_be),
        alone(first_slabs_are_as_small_as_the_block_allows),
        alone(every_alignment_gets_the_first_bin_that_keeps_it),
        alone(alignment_of_every_power_up_to_a_unit_has_a_bin),
        alone(what_no_bin_can_serve_gets_none),
        alone(every_offset_is_divided_right),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
