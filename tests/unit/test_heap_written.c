// SPDX-License-Identifier: MIT
// A free block that was written to hides those below it in the tree. Whichever of them the heap
// looks for when it comes upon that, it names the block that was written to.
#include "heap_memory.h"

enum { BLOCKS = 60 };

// Every other block free, by different sizes, and one of these written to.
static struct ikyo_heap *written_heap(enum ikyo_heap_fit fit, size_t victim, unsigned char **block)
{
    struct ikyo_heap *heap = heap_of(8192, fit, false);

    for (size_t i = 0; i < BLOCKS; i++)
        block[i] = heap_block(heap, 24 + i * 7 % 10 * 16);
    for (size_t i = 0; i < BLOCKS; i += 2)
        heap_give(heap, block[i]);
    memset(block[victim], 0xA5, 24);
    return heap;
}

// Frees a block between two free ones, which leave the tree or move in it, and says whether the
// heap came upon the one that was written to.
static bool is_told(enum ikyo_heap_fit fit, size_t victim, size_t freed)
{
    unsigned char *block[BLOCKS];
    struct ikyo_heap *heap = written_heap(fit, victim, block);

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

static void write_above_a_block_looked_for_is_told_with_the_block_written_to(void **state)
{
    (void)state;
    for (int fit = IKYO_HEAP_BEST_FIT; fit <= IKYO_HEAP_NEXT_FIT; fit++) {
        size_t told_from_above = 0;

        for (size_t victim = 0; victim < BLOCKS; victim += 2) {
            for (size_t freed = 1; freed + 1 < BLOCKS; freed += 2) {
                bool beside = victim + 1 == freed || victim == freed + 1;
                bool told = is_told((enum ikyo_heap_fit)fit, victim, freed);

                assert_true(told || !beside);
                told_from_above += told && !beside;
            }
        }
        assert_true(told_from_above > BLOCKS);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(write_above_a_block_looked_for_is_told_with_the_block_written_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
