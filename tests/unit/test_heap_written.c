// SPDX-License-Identifier: MIT
// A free block that was written to hides others in its list or below it in the tree. Whichever of
// them the heap looks for when it comes upon that, it names the block that was written to.
#include "heap_memory.h"

// A heap of this size has lists of blocks of less than 300 bytes.
enum { SIZE = 8192, BLOCKS = 30 };

// Every other block free, by different sizes, and one of these written to.
static struct ikyo_heap *written_heap(enum ikyo_heap_fit fit, size_t least, size_t victim,
                                      unsigned char **block)
{
    struct ikyo_heap *heap = heap_of(SIZE, fit, false);

    for (size_t i = 0; i < BLOCKS; i++)
        block[i] = heap_block(heap, i % 2 == 0 ? least + i * 7 % 10 * 16 : 24);
    for (size_t i = 0; i < BLOCKS; i += 2)
        heap_give(heap, block[i]);
    memset(block[victim], 0xA5, 16);
    return heap;
}

// Frees a block between two free ones, which leave the index, and says whether the heap came upon
// the one that was written to.
static bool is_told(enum ikyo_heap_fit fit, size_t least, size_t victim, size_t freed)
{
    unsigned char *block[BLOCKS];
    struct ikyo_heap *heap = written_heap(fit, least, victim, block);

    heap_give(heap, block[freed]);

    struct ikyo_heap_fault fault = ikyo_heap_last_fault(heap);

    if (fault.error == IKYO_HEAP_OK) {
        assert_fault(ikyo_heap_check(heap), IKYO_HEAP_USED_AFTER_FREE, block[victim]);
        return false;
    }
    assert_fault(fault, IKYO_HEAP_USED_AFTER_FREE, block[victim]);
    assert_in_order(heap);
    return true;
}

// How often a block that was not beside the one freed was found to be written to.
static size_t told_from_afar(enum ikyo_heap_fit fit, size_t least)
{
    size_t count = 0;

    for (size_t victim = 0; victim < BLOCKS; victim += 2) {
        for (size_t freed = 1; freed + 1 < BLOCKS; freed += 2) {
            bool beside = victim + 1 == freed || victim == freed + 1;
            bool told = is_told(fit, least, victim, freed);

            assert_true(told || !beside);
            count += told && !beside;
        }
    }
    return count;
}

static void write_in_a_list_is_told_with_the_block_written_to(void **state)
{
    (void)state;
    assert_true(told_from_afar(IKYO_HEAP_BEST_FIT, 24) > 0);
}

static void write_above_a_block_looked_for_is_told_with_the_block_written_to(void **state)
{
    (void)state;
    assert_true(told_from_afar(IKYO_HEAP_BEST_FIT, 300) > BLOCKS);
}

static void write_where_blocks_have_no_links_hides_none(void **state)
{
    (void)state;
    assert_int_equal(told_from_afar(IKYO_HEAP_FIRST_FIT, 24), 0);
    assert_int_equal(told_from_afar(IKYO_HEAP_NEXT_FIT, 24), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(write_in_a_list_is_told_with_the_block_written_to),
        cmocka_unit_test(write_above_a_block_looked_for_is_told_with_the_block_written_to),
        cmocka_unit_test(write_where_blocks_have_no_links_hides_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
