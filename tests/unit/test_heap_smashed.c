// SPDX-License-Identifier: MIT
// Where tags were smashed, the heap goes on with the rest of its memory.
#include "heap_memory.h"

enum { SIZE = 8192, BLOCKS = 40, LENGTH = 100, DISTANCE = 112 };

static struct ikyo_heap_fault told;
static size_t times_told;

static void tell(void *context, struct ikyo_heap_fault fault)
{
    (void)context;
    told = fault;
    times_told++;
}

// A heap without free memory but that of every other block.
static struct ikyo_heap *new_heap(enum ikyo_heap_fit fit, bool defer, unsigned char **block)
{
    const struct ikyo_heap_options options = {.fit = fit, .defer_joining = defer, .on_fault = tell};
    struct ikyo_heap *heap = ikyo_heap_init(heap_memory, SIZE, &options);

    for (size_t i = 0; i < BLOCKS; i++) {
        block[i] = heap_block(heap, LENGTH);
        assert_ptr_equal(block[i], block[0] + i * DISTANCE);
    }
    heap_block(heap, ikyo_heap_stats(heap).largest_free);
    for (size_t i = 0; i < BLOCKS; i += 2)
        heap_give(heap, block[i]);
    times_told = 0;
    return heap;
}

static void memory_between_smashed_tags_is_found_from_a_block_there(void **state)
{
    (void)state;
    for (int fit = IKYO_HEAP_BEST_FIT; fit <= IKYO_HEAP_NEXT_FIT; fit++) {
        unsigned char *block[BLOCKS];
        struct ikyo_heap *heap = new_heap((enum ikyo_heap_fit)fit, false, block);

        memset(block[5] - 8, 0, 8);
        memset(block[35] - 8, 0, 8);
        memset(block[20], 0, 16);
        heap_give(heap, block[21]);
        assert_fault(told, IKYO_HEAP_USED_AFTER_FREE, block[20]);
        for (size_t i = 7; i < 33; i += 2) {
            if (i != 21)
                heap_give(heap, block[i]);
        }
        assert_int_equal(times_told, 1);
        assert_ptr_equal(heap_block(heap, 26 * DISTANCE - 8), block[7]);
        assert_int_equal(ikyo_heap_free(heap, block[5]), IKYO_HEAP_SMASHED);
        assert_int_equal(ikyo_heap_free(heap, block[35]), IKYO_HEAP_SMASHED);
        assert_fault(ikyo_heap_check(heap), IKYO_HEAP_SMASHED, block[5] - 8);
    }
}

static void free_block_behind_a_smashed_tag_is_not_joined(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        unsigned char *block[BLOCKS];
        struct ikyo_heap *heap = new_heap((enum ikyo_heap_fit)(i / 2), i % 2 != 0, block);

        memset(block[0] - 8, 0, 4);
        while (ikyo_heap_alloc(heap, LENGTH) != NULL)
            continue;
        assert_int_equal(ikyo_heap_stats(heap).free_blocks, 0);
        times_told = 0;
        for (size_t j = 1; j < BLOCKS; j++)
            heap_give(heap, block[j]);
        ikyo_heap_join(heap);
        assert_int_equal(times_told, 0);
        assert_ptr_equal(heap_block(heap, (BLOCKS - 1) * DISTANCE - 8), block[1]);
        assert_int_not_equal(ikyo_heap_free(heap, block[0]), IKYO_HEAP_OK);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_between_smashed_tags_is_found_from_a_block_there),
        cmocka_unit_test(free_block_behind_a_smashed_tag_is_not_joined),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
