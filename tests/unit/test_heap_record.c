// SPDX-License-Identifier: MIT
// What a heap keeps of itself and never changes: overwritten, it is found before it does harm.
#include "heap_memory.h"

#include "engine/heap_tag.h"

enum { SIZE = 8192 };

static size_t times_told;

static void tell(void *context, struct ikyo_heap_fault fault)
{
    (void)context;
    (void)fault;
    times_told++;
}

static struct ikyo_heap *told_heap(enum ikyo_heap_fit fit, bool defer)
{
    const struct ikyo_heap_options options = {.fit = fit, .defer_joining = defer, .on_fault = tell};

    times_told = 0;
    return ikyo_heap_init(heap_memory, SIZE, &options);
}

static bool see(void *context, const struct ikyo_heap_block *block)
{
    (void)context;
    (void)block;
    fail();
    return false;
}

static void every_bit_that_never_changes_is_sealed(void **state)
{
    (void)state;
    for (size_t bit = 8 * sizeof(uint32_t); bit < 8 * offsetof(struct ikyo_heap, root); bit++) {
        struct ikyo_heap *heap = told_heap((enum ikyo_heap_fit)(bit % 3), false);

        heap_block(heap, 24);
        heap_memory[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_null(ikyo_heap_attach(heap_memory, SIZE));
        assert_fault(ikyo_heap_check(heap), IKYO_HEAP_SMASHED, heap);
        assert_fault(ikyo_heap_walk(heap, see, NULL), IKYO_HEAP_SMASHED, heap);
        assert_int_equal(ikyo_heap_stats(heap).size, 0);
        ikyo_heap_join(heap);
        assert_fault(ikyo_heap_last_fault(heap), IKYO_HEAP_SMASHED, heap);
        assert_int_equal(times_told, 0);
    }
}

static void assert_smashed(struct ikyo_heap *heap)
{
    assert_fault(ikyo_heap_last_fault(heap), IKYO_HEAP_SMASHED, heap);
    assert_int_equal(times_told, 0);
}

static void function_that_was_overwritten_is_not_called(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        struct ikyo_heap *heap = told_heap((enum ikyo_heap_fit)(i / 2), i % 2 != 0);
        unsigned char *a = heap_block(heap, 40), *b = heap_block(heap, 40);

        heap_block(heap, 40);
        heap_give(heap, a);
        memset(&heap->on_fault, 0xA5, sizeof heap->on_fault);
        assert_null(ikyo_heap_alloc(heap, SIZE));
        assert_smashed(heap);
        assert_null(ikyo_heap_alloc_aligned(heap, 40, 3));
        assert_smashed(heap);
        assert_int_equal(ikyo_heap_free(heap, a), IKYO_HEAP_SMASHED);
        assert_int_equal(ikyo_heap_free(heap, b + 16), IKYO_HEAP_SMASHED);
        assert_smashed(heap);
    }
}

static void heap_without_its_seal_is_not_mended(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        struct ikyo_heap *heap = told_heap((enum ikyo_heap_fit)(i / 2), i % 2 != 0);
        unsigned char *a = heap_block(heap, 40), *b = heap_block(heap, 40);

        heap_block(heap, 40);
        heap_give(heap, a);
        memset(a, 0, 40);
        memset(&heap->context, 0xA5, sizeof heap->context);
        heap_give(heap, b);
        ikyo_heap_join(heap);
        assert_smashed(heap);
        assert_int_equal(a[0], 0);
        while (ikyo_heap_alloc(heap, 24) != NULL)
            continue;
        assert_smashed(heap);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bit_that_never_changes_is_sealed),
        cmocka_unit_test(function_that_was_overwritten_is_not_called),
        cmocka_unit_test(heap_without_its_seal_is_not_mended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
