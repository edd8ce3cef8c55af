// SPDX-License-Identifier: MIT
// What is done wrong to a heap is found, named and placed, and costs no other block anything.
#include "heap_memory.h"

static struct ikyo_heap_fault told;
static size_t times_told;

static void tell(void *context, struct ikyo_heap_fault fault)
{
    assert_ptr_equal(context, &told);
    told = fault;
    times_told++;
}

static struct ikyo_heap *told_heap(enum ikyo_heap_fit fit, bool defer)
{
    const struct ikyo_heap_options options = {
        .fit = fit, .defer_joining = defer, .on_fault = tell, .context = &told};

    times_told = 0;
    return ikyo_heap_init(heap_memory, 4096, &options);
}

// A free that must fail, be told once, be kept, and change nothing that is counted.
static void refuse(struct ikyo_heap *heap, void *block, enum ikyo_heap_error error,
                   const void *address)
{
    size_t live = ikyo_heap_stats(heap).live_blocks, before = times_told;

    assert_int_equal(ikyo_heap_free(heap, block), error);
    assert_int_equal(times_told, before + 1);
    assert_fault(told, error, address);
    assert_fault(ikyo_heap_last_fault(heap), error, address);
    assert_int_equal(ikyo_heap_usable_size(heap, block), 0);
    assert_null(ikyo_heap_realloc(heap, block, 10));
    assert_fault(ikyo_heap_last_fault(heap), error, address);
    assert_int_equal(ikyo_heap_stats(heap).live_blocks, live);
}

static void free_of_null_is_nothing(void **state)
{
    struct ikyo_heap *heap = told_heap(IKYO_HEAP_BEST_FIT, false);

    (void)state;
    assert_int_equal(ikyo_heap_free(heap, NULL), IKYO_HEAP_OK);
    assert_int_equal(times_told, 0);
    assert_fault(ikyo_heap_last_fault(heap), IKYO_HEAP_OK, NULL);
}

static void pointers_outside_are_foreign(void **state)
{
    struct ikyo_heap *heap = told_heap(IKYO_HEAP_BEST_FIT, false);
    int local;
    void *pointers[] = {&local,
                        heap,
                        heap_memory + 16,
                        heap_memory + 4095,
                        heap_memory + 4096,
                        heap_memory + 4112,
                        (void *)16,
                        (void *)(UINTPTR_MAX - 15)};

    (void)state;
    while (ikyo_heap_alloc(heap, 24) != NULL)
        continue;
    for (size_t i = 0; i < sizeof pointers / sizeof pointers[0]; i++)
        refuse(heap, pointers[i], IKYO_HEAP_FOREIGN_POINTER, pointers[i]);
    assert_in_order(heap);
}

static void no_contents_make_a_block_of_an_inner_pointer(void **state)
{
    struct ikyo_heap *heap = told_heap(IKYO_HEAP_BEST_FIT, false);
    unsigned char *block = heap_block(heap, 512);
    uint32_t *words = (uint32_t *)(void *)block;

    (void)state;
    for (uint32_t pattern = 0; pattern < 1024; pattern++) {
        for (size_t i = 0; i < 128; i++)
            words[i] = pattern < 512 ? pattern : pattern * 0x01010101u;
        refuse(heap, block + 16 + pattern % 496, IKYO_HEAP_FOREIGN_POINTER,
               block + 16 + pattern % 496);
    }
    heap_give(heap, block);
    assert_in_order(heap);
}

static void second_free_is_found_while_the_memory_is_free(void **state)
{
    (void)state;
    for (int defer = 0; defer < 2; defer++) {
        struct ikyo_heap *heap = told_heap(IKYO_HEAP_BEST_FIT, defer);
        unsigned char *block[5];

        for (size_t i = 0; i < 5; i++)
            block[i] = heap_block(heap, 40);
        heap_block(heap, 24);
        // Joined with nothing, behind a free block, in front of one, and between two.
        for (size_t i = 0; i < 5; i++) {
            static const size_t order[] = {1, 2, 4, 0, 3};

            heap_give(heap, block[order[i]]);
            for (size_t j = 0; j <= i; j++)
                refuse(heap, block[order[j]], IKYO_HEAP_DOUBLE_FREE, block[order[j]]);
            assert_in_order(heap);
        }
    }
}

static void second_free_is_foreign_where_another_block_holds_the_memory(void **state)
{
    struct ikyo_heap *heap = told_heap(IKYO_HEAP_FIRST_FIT, false);
    unsigned char *a = heap_block(heap, 40), *b = heap_block(heap, 40), *c = heap_block(heap, 40);

    (void)state;
    heap_give(heap, c);
    heap_give(heap, b);
    heap_give(heap, a);
    assert_ptr_equal(heap_block(heap, 400), a);
    refuse(heap, b, IKYO_HEAP_FOREIGN_POINTER, b);
    refuse(heap, c, IKYO_HEAP_FOREIGN_POINTER, c);
    heap_give(heap, a);
    assert_in_order(heap);
}

static void overrun_is_found_when_either_neighbour_is_freed(void **state)
{
    (void)state;
    for (size_t length = 1; length <= 40; length++) {
        struct ikyo_heap *heap = told_heap(IKYO_HEAP_BEST_FIT, false);
        unsigned char *a = heap_block(heap, 40), *b = heap_block(heap, 40);
        unsigned char *other = heap_block(heap, 40), *last = heap_block(heap, 40), *tag = b - 8;
        unsigned char kept[40];

        memcpy(kept, tag, length);
        for (size_t i = 0; i < length; i++)
            tag[i] = (unsigned char)~tag[i];
        assert_fault(ikyo_heap_check(heap), IKYO_HEAP_SMASHED, tag);
        refuse(heap, a, IKYO_HEAP_SMASHED, tag);
        refuse(heap, b, IKYO_HEAP_SMASHED, tag);
        heap_give(heap, last);
        memcpy(tag, kept, length);
        assert_in_order(heap);
        heap_give(heap, a);
        heap_give(heap, b);
        heap_give(heap, other);
        assert_int_equal(ikyo_heap_stats(heap).free_blocks, 1);
    }
}

// In front of a block is its length, the highest byte of which is the last or, on other CPUs, not.
static void flip_length(unsigned char *block)
{
    uint32_t word;

    memcpy(&word, block - sizeof word, sizeof word);
    word ^= UINT32_C(0x55) << 24;
    memcpy(block - sizeof word, &word, sizeof word);
}

static void underrun_is_found_when_the_block_in_front_is_freed(void **state)
{
    struct ikyo_heap *heap = told_heap(IKYO_HEAP_BEST_FIT, false);
    unsigned char *a = heap_block(heap, 40), *b = heap_block(heap, 40);

    (void)state;
    heap_give(heap, b);
    flip_length(b);
    refuse(heap, a, IKYO_HEAP_SMASHED, b - 8);
    flip_length(b);
    heap_give(heap, a);
    assert_in_order(heap);
}

static void smashed_block_that_is_kept_is_not_joined(void **state)
{
    struct ikyo_heap *heap = told_heap(IKYO_HEAP_BEST_FIT, true);
    unsigned char *a = heap_block(heap, 40), *b = heap_block(heap, 40), *c = heap_block(heap, 40);

    (void)state;
    heap_give(heap, b);
    heap_give(heap, c);
    memset(a + 40, 0, 4);
    ikyo_heap_join(heap);
    assert_fault(told, IKYO_HEAP_SMASHED, b - 8);
    assert_int_equal(times_told, 1);
    assert_int_equal(ikyo_heap_stats(heap).kept_blocks, 0);
}

static void any_byte_of_any_tag_is_found_and_placed(void **state)
{
    struct ikyo_heap *heap = told_heap(IKYO_HEAP_BEST_FIT, true);
    unsigned char *block[12];

    (void)state;
    for (size_t i = 0; i < 12; i++)
        block[i] = heap_block(heap, 20 + 17 * i);
    heap_give(heap, block[3]);
    heap_give(heap, block[4]);
    heap_give(heap, block[8]);
    for (size_t i = 0; i < 12; i++) {
        for (size_t byte = 0; byte < 8; byte++) {
            unsigned char *at = block[i] - 8 + byte;

            for (unsigned bit = 0; bit < 8; bit++) {
                struct ikyo_heap_fault fault;

                *at ^= (unsigned char)(1 << bit);
                fault = ikyo_heap_check(heap);
                assert_int_equal(fault.error, IKYO_HEAP_SMASHED);
                // One of the two ends that do not agree.
                if (fault.address != block[i] - 8)
                    assert_true(byte >= 4 && fault.address > (void *)block[i]);
                *at ^= (unsigned char)(1 << bit);
            }
        }
    }
    assert_in_order(heap);
}

static bool go_on(void *context, const struct ikyo_heap_block *block)
{
    assert_true(block->state <= IKYO_HEAP_KEPT);
    (*(size_t *)context)++;
    return true;
}

static void state_that_is_none_is_found_at_both_ends(void **state)
{
    struct ikyo_heap *heap = told_heap(IKYO_HEAP_BEST_FIT, false);
    unsigned char *a = heap_block(heap, 40), *b = heap_block(heap, 40), *ends[] = {b - 4, b + 40};
    size_t seen = 0;

    (void)state;
    heap_block(heap, 40);
    for (size_t i = 0; i < 2; i++) {
        uint32_t word;

        memcpy(&word, ends[i], sizeof word);
        word ^= 2;
        memcpy(ends[i], &word, sizeof word);
    }
    assert_fault(ikyo_heap_check(heap), IKYO_HEAP_SMASHED, b + 40);
    assert_fault(ikyo_heap_walk(heap, go_on, &seen), IKYO_HEAP_SMASHED, b + 40);
    assert_int_equal(seen, 1);
    refuse(heap, b, IKYO_HEAP_SMASHED, b + 40);
    heap_give(heap, a);
}

static void overrun_of_the_last_block_is_found(void **state)
{
    struct ikyo_heap *heap = told_heap(IKYO_HEAP_BEST_FIT, false);
    size_t rest = ikyo_heap_stats(heap).largest_free;
    unsigned char *block = heap_block(heap, rest);

    (void)state;
    memset(block + rest, 0, 4);
    refuse(heap, block, IKYO_HEAP_SMASHED, block + rest);
    assert_fault(ikyo_heap_check(heap), IKYO_HEAP_SMASHED, block + rest);
}

static void smashed_free_block_is_not_given_out(void **state)
{
    (void)state;
    for (int defer = 0; defer < 2; defer++) {
        struct ikyo_heap *heap = told_heap(IKYO_HEAP_BEST_FIT, defer);
        unsigned char *front = heap_block(heap, 40), *block = heap_block(heap, 40);

        heap_block(heap, 40);
        heap_give(heap, block);
        memset(front, 0, 44);
        assert_ptr_not_equal(heap_block(heap, 40), block);
        assert_fault(told, IKYO_HEAP_SMASHED, block - 8);
        assert_int_equal(times_told, 1);
        assert_ptr_not_equal(heap_block(heap, 40), block);
        heap_block(heap, 200);
        assert_int_equal(times_told, 1);
    }
}

static void every_request_is_served_beside_a_smashed_free_block(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        struct ikyo_heap *heap = told_heap((enum ikyo_heap_fit)(i / 2), i % 2 != 0);
        unsigned char *front = heap_block(heap, 40), *block = heap_block(heap, 600);

        heap_block(heap, 40);
        heap_give(heap, block);
        heap_give(heap, heap_block(heap, 700));
        front[40] ^= 0x10;
        // With next fit the first of them lie behind that block, and the search comes around to it.
        for (size_t j = 0; j < 3; j++)
            assert_ptr_not_equal(heap_block(heap, 24), block);
        while (ikyo_heap_stats(heap).largest_free > 600)
            assert_ptr_not_equal(heap_block(heap, 600), block);
        for (unsigned char *p; (p = ikyo_heap_alloc(heap, 24)) != NULL;)
            assert_true(p < block || p >= block + 600);
        assert_int_equal(ikyo_heap_stats(heap).free, 0);
        assert_true(ikyo_heap_stats(heap).used > 2900);
        assert_fault(ikyo_heap_check(heap), IKYO_HEAP_SMASHED, block - 8);
    }
}

// Blocks free in the tree or kept, one of which is overwritten; then `use` makes the heap see it.
static void repair(bool defer, enum ikyo_heap_fit fit, size_t victim, unsigned char value)
{
    struct ikyo_heap *heap = told_heap(fit, defer);
    unsigned char *block[40];

    for (size_t i = 0; i < 40; i++)
        block[i] = heap_block(heap, 24 + i % 5 * 16);
    for (size_t i = 0; i < 40; i += 2)
        heap_give(heap, block[i]);

    struct ikyo_heap_figures before = ikyo_heap_stats(heap);

    assert_in_order(heap);
    memset(block[victim], value, 24);
    assert_fault(ikyo_heap_check(heap), IKYO_HEAP_USED_AFTER_FREE, block[victim]);
    // Taking every free block comes upon the one that was written to.
    for (size_t size = 4096; size > 0; size = size > 8 ? size - 8 : 0) {
        while (ikyo_heap_alloc(heap, size) != NULL)
            continue;
    }
    assert_true(times_told > 0);
    assert_int_equal(ikyo_heap_stats(heap).free_blocks, 0);
    assert_int_equal(ikyo_heap_stats(heap).kept_blocks, 0);
    assert_true(ikyo_heap_stats(heap).used >= before.used + before.free + before.kept);
    assert_in_order(heap);
}

static bool told_of_use_after_free;

static void tell_of_use(void *context, struct ikyo_heap_fault fault)
{
    (void)context;
    told_of_use_after_free |= fault.error == IKYO_HEAP_USED_AFTER_FREE;
}

static void write_after_free_is_repaired_and_no_memory_is_lost(void **state)
{
    (void)state;
    for (int fit = IKYO_HEAP_BEST_FIT; fit <= IKYO_HEAP_NEXT_FIT; fit++) {
        for (size_t victim = 0; victim < 40; victim += 2) {
            repair(false, (enum ikyo_heap_fit)fit, victim, 0);
            repair(false, (enum ikyo_heap_fit)fit, victim, 0xFF);
            repair(true, (enum ikyo_heap_fit)fit, victim, 0);
            repair(true, (enum ikyo_heap_fit)fit, victim, 0xFF);
        }
    }
}

static void write_after_free_is_told_with_its_block(void **state)
{
    const struct ikyo_heap_options options = {.on_fault = tell_of_use};
    struct ikyo_heap *heap = ikyo_heap_init(heap_memory, 4096, &options);
    unsigned char *a = heap_block(heap, 40), *b = heap_block(heap, 24), *c = heap_block(heap, 40);

    (void)state;
    heap_block(heap, 24);
    heap_give(heap, a);
    heap_give(heap, c);
    told_of_use_after_free = false;
    memset(a, 0, 16);
    // The free itself succeeds: joining comes upon the neighbour.
    heap_give(heap, b);
    assert_true(told_of_use_after_free);
    assert_fault(ikyo_heap_last_fault(heap), IKYO_HEAP_USED_AFTER_FREE, a);
    assert_int_equal(ikyo_heap_stats(heap).free_blocks, 2);
    assert_in_order(heap);
}

static void realloc_into_a_block_written_to_succeeds_and_tells(void **state)
{
    struct ikyo_heap *heap = told_heap(IKYO_HEAP_FIRST_FIT, false);
    unsigned char *a = heap_block(heap, 24), *b = heap_block(heap, 120);

    (void)state;
    heap_block(heap, 24);
    heap_give(heap, b);
    memset(b, 0, 120);
    assert_ptr_equal(ikyo_heap_realloc(heap, a, 60), a);
    assert_fault(told, IKYO_HEAP_USED_AFTER_FREE, b);
    assert_int_equal(times_told, 1);
    assert_int_equal(ikyo_heap_stats(heap).free_blocks, 2);
    assert_in_order(heap);
}

static void shrink_in_front_of_a_block_written_to_tells_of_that_block(void **state)
{
    (void)state;
    for (int fit = IKYO_HEAP_BEST_FIT; fit <= IKYO_HEAP_NEXT_FIT; fit++) {
        struct ikyo_heap *heap = told_heap((enum ikyo_heap_fit)fit, false);
        unsigned char *a = heap_block(heap, 200), *b = heap_block(heap, 200);

        heap_block(heap, 40);
        heap_give(heap, b);
        memset(b, 0, 16);
        assert_ptr_equal(ikyo_heap_realloc(heap, a, 24), a);
        assert_fault(told, IKYO_HEAP_USED_AFTER_FREE, b);
        assert_int_equal(times_told, 1);
        assert_in_order(heap);
    }
}

static void every_free_block_written_to_is_no_crash(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 300; seed++) {
        struct ikyo_heap *heap = told_heap((enum ikyo_heap_fit)(seed % 3), (seed & 1) != 0);
        unsigned char *block[64];
        uint32_t random = seed * 2654435761u;

        for (size_t i = 0; i < 64; i++)
            block[i] = heap_block(heap, 24);
        for (size_t i = 0; i < 64; i += 2)
            heap_give(heap, block[i]);
        for (size_t i = 0; i < 64; i += 2) {
            for (size_t j = 0; j < 24; j++)
                block[i][j] = (unsigned char)((random = random * 1664525u + 1013904223u) >> 24);
        }
        for (size_t i = 1; i < 64; i += 2)
            heap_give(heap, block[i]);
        ikyo_heap_join(heap);
        assert_in_order(heap);
        assert_int_equal(ikyo_heap_stats(heap).free_blocks, 1);
        assert_int_equal(ikyo_heap_stats(heap).live_blocks, 0);
    }
}

static void overwritten_record_of_the_heap_is_found(void **state)
{
    struct ikyo_heap *heap = told_heap(IKYO_HEAP_BEST_FIT, false);

    (void)state;
    heap_block(heap, 24);
    memset(heap, 0, 4);
    assert_fault(ikyo_heap_check(heap), IKYO_HEAP_BAD_ARGUMENT, NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(free_of_null_is_nothing),
        cmocka_unit_test(pointers_outside_are_foreign),
        cmocka_unit_test(no_contents_make_a_block_of_an_inner_pointer),
        cmocka_unit_test(second_free_is_found_while_the_memory_is_free),
        cmocka_unit_test(second_free_is_foreign_where_another_block_holds_the_memory),
        cmocka_unit_test(overrun_is_found_when_either_neighbour_is_freed),
        cmocka_unit_test(underrun_is_found_when_the_block_in_front_is_freed),
        cmocka_unit_test(smashed_block_that_is_kept_is_not_joined),
        cmocka_unit_test(any_byte_of_any_tag_is_found_and_placed),
        cmocka_unit_test(state_that_is_none_is_found_at_both_ends),
        cmocka_unit_test(overrun_of_the_last_block_is_found),
        cmocka_unit_test(smashed_free_block_is_not_given_out),
        cmocka_unit_test(every_request_is_served_beside_a_smashed_free_block),
        cmocka_unit_test(write_after_free_is_repaired_and_no_memory_is_lost),
        cmocka_unit_test(write_after_free_is_told_with_its_block),
        cmocka_unit_test(realloc_into_a_block_written_to_succeeds_and_tells),
        cmocka_unit_test(shrink_in_front_of_a_block_written_to_tells_of_that_block),
        cmocka_unit_test(every_free_block_written_to_is_no_crash),
        cmocka_unit_test(overwritten_record_of_the_heap_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
