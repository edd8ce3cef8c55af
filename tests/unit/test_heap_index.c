// SPDX-License-Identifier: MIT
// Every bit of what a heap finds its free blocks by is turned over, one at a time: those in free
// blocks and those of its record. None makes the heap hand out memory twice, write outside of its
// own, or go on for ever; none is overlooked by the check unless it does no harm.
#include "heap_memory.h"

#include "engine/heap_freed.h"
#include "engine/heap_index.h"

enum { SIZE = 4096, AROUND = 4096, BLOCKS = 24, MOST = 160 };

static unsigned char *block[BLOCKS];
static struct ikyo_heap_fault first_told;

static void tell(void *context, struct ikyo_heap_fault fault)
{
    (void)context;
    if (first_told.error == IKYO_HEAP_OK && fault.error != IKYO_HEAP_NO_MEMORY)
        first_told = fault;
}

// Live blocks with free and kept ones between them, of sizes that are in lists and in the tree.
static struct ikyo_heap *new_heap(enum ikyo_heap_fit fit, bool defer)
{
    const struct ikyo_heap_options options = {.fit = fit, .defer_joining = defer, .on_fault = tell};
    struct ikyo_heap *heap;

    memset(heap_memory, 0xA5, SIZE + 2 * AROUND);
    heap = ikyo_heap_init(heap_memory + AROUND, SIZE, &options);
    for (size_t i = 0; i < BLOCKS; i++)
        block[i] = heap_block(heap, 24 + i % 5 * 16 + (i % 6 == 0 ? 160 : 0));
    for (size_t i = 0; i < BLOCKS; i += 2)
        heap_give(heap, block[i]);
    for (size_t i = 1; i < BLOCKS; i += 2)
        memset(block[i], (int)i, ikyo_heap_usable_size(heap, block[i]));
    first_told = (struct ikyo_heap_fault){IKYO_HEAP_OK, NULL};
    return heap;
}

static void assert_untouched(struct ikyo_heap *heap)
{
    for (size_t i = 0; i < AROUND; i++) {
        assert_int_equal(heap_memory[i], 0xA5);
        assert_int_equal(heap_memory[AROUND + SIZE + i], 0xA5);
    }
    for (size_t i = 1; i < BLOCKS; i += 2) {
        for (size_t j = ikyo_heap_usable_size(heap, block[i]); j-- > 0;)
            assert_int_equal(block[i][j], i);
    }
}

// Takes all that is there, largest first, and gives it back. The bytes that there were.
static size_t use_all(struct ikyo_heap *heap)
{
    static unsigned char *taken[MOST];
    size_t count = 0, bytes = 0;

    for (size_t size = 1024; size > 0; size = size > 16 ? size - 16 : 0) {
        for (unsigned char *p; (p = ikyo_heap_alloc(heap, size)) != NULL;) {
            assert_true(count < MOST);
            bytes += ikyo_heap_usable_size(heap, p) + 8;
            memset(p, 0xEE, ikyo_heap_usable_size(heap, p));
            taken[count++] = p;
        }
    }
    assert_untouched(heap);
    while (count-- > 0)
        heap_give(heap, taken[count]);
    ikyo_heap_join(heap);
    assert_untouched(heap);
    return bytes;
}

// Turns over each bit of `size` bytes at a distance from the heap. How often the check did not come
// upon it, and all the same memory was lost.
static size_t bits_overlooked(enum ikyo_heap_fit fit, bool defer, size_t at, size_t size)
{
    size_t all = use_all(new_heap(fit, defer)), overlooked = 0;

    for (size_t bit = 0; bit < size * 8; bit++) {
        struct ikyo_heap *heap = new_heap(fit, defer);

        ((unsigned char *)heap)[at + bit / 8] ^= (unsigned char)(1 << bit % 8);

        struct ikyo_heap_fault found = ikyo_heap_check(heap);
        size_t bytes = use_all(heap);

        overlooked += found.error == IKYO_HEAP_OK && bytes < all;
    }
    return overlooked;
}

static void bits_of_the_record_are_found_or_do_no_harm(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        enum ikyo_heap_fit fit = (enum ikyo_heap_fit)(i / 2);
        const struct ikyo_heap *heap = new_heap(fit, i % 2 != 0);
        size_t lists = heap->kept_at * sizeof heap->index[0] + heap->kept_lists * sizeof(uint32_t);

        assert_int_equal(bits_overlooked(fit, i % 2 != 0, sizeof *heap, lists), 0);
        assert_int_equal(bits_overlooked(fit, i % 2 != 0, offsetof(struct ikyo_heap, root),
                                         sizeof heap->root + sizeof heap->aside +
                                             sizeof heap->cursor + sizeof heap->broken),
                         0);
    }
}

static void bits_of_nodes_are_found_and_placed(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        enum ikyo_heap_fit fit = (enum ikyo_heap_fit)(i / 2);
        bool defer = i % 2 != 0;
        size_t all = use_all(new_heap(fit, defer));

        for (size_t victim = 0; victim < BLOCKS; victim += 2) {
            bool kept =
                defer && ikyo_heap_stats(new_heap(fit, defer)).kept_blocks != 0 && victim % 6 != 0;
            size_t size = kept ? sizeof(struct heap_kept) : sizeof(struct heap_node);

            for (size_t bit = 0; bit < size * 8; bit++) {
                struct ikyo_heap *heap = new_heap(fit, defer);

                block[victim][bit / 8] ^= (unsigned char)(1 << bit % 8);
                assert_fault(ikyo_heap_check(heap), IKYO_HEAP_USED_AFTER_FREE, block[victim]);
                assert_int_equal(use_all(heap), all);
                assert_fault(first_told, IKYO_HEAP_USED_AFTER_FREE, block[victim]);
                assert_in_order(heap);
            }
        }
    }
}

static struct heap_node *node_of(struct ikyo_heap *heap, const void *address)
{
    return heap_node_at(heap, heap_place(heap, address));
}

static void assert_record_is_blamed(struct ikyo_heap *heap)
{
    assert_fault(first_told, IKYO_HEAP_SMASHED, heap);
    assert_in_order(heap);
}

static void overwritten_head_of_a_list_blames_no_block(void **state)
{
    struct ikyo_heap *heap = new_heap(IKYO_HEAP_BEST_FIT, false);
    uint32_t *head = &heap_sizes_heads(heap)[40 / 16];
    uint32_t first = *head, behind = heap_node_at(heap, first)->left;

    (void)state;
    assert_int_not_equal(behind, 0);
    // What the first of a list says of one in front of it is left over, and may be any other block.
    heap_set_right(heap_node_at(heap, first), heap_place(heap, block[0]));
    *head = behind;
    for (size_t i = 0; i + 1 < BLOCKS; i += 2) {
        if (node_of(heap, block[i]) == heap_node_at(heap, first)) {
            heap_give(heap, block[i + 1]);
            assert_record_is_blamed(heap);
            return;
        }
    }
    fail();
}

static void overwritten_root_of_the_tree_blames_no_block(void **state)
{
    struct ikyo_heap *heap = new_heap(IKYO_HEAP_BEST_FIT, false);
    const struct heap_node *root = heap_node_at(heap, heap->root);

    (void)state;
    heap->root = root->left != 0 ? root->left : root->right;
    assert_int_not_equal(heap->root, 0);
    for (size_t i = 0; i + 1 < BLOCKS; i += 2) {
        if (node_of(heap, block[i]) == root) {
            heap_give(heap, block[i + 1]);
            assert_record_is_blamed(heap);
            return;
        }
    }
    fail();
}

// The overrun of a block destroys the tag and the node of the free one behind it.
static void free_blocks_behind_a_smashed_tag_are_found_again(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        struct ikyo_heap *heap = new_heap((enum ikyo_heap_fit)(i / 2), i % 2 != 0);
        size_t before = ikyo_heap_stats(heap).free + ikyo_heap_stats(heap).kept;
        unsigned char *over = block[10];

        memset(over - 8, 0, 24);
        for (int j = 0; j < MOST && ikyo_heap_alloc(heap, 24) != NULL; j++)
            continue;
        assert_fault(first_told, IKYO_HEAP_SMASHED, over - 8);
        // All is handed out but that block and, it may be, the one behind it.
        assert_true(ikyo_heap_stats(heap).used > before / 2);
        assert_int_equal(ikyo_heap_stats(heap).free, 0);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_of_the_record_are_found_or_do_no_harm),
        cmocka_unit_test(bits_of_nodes_are_found_and_placed),
        cmocka_unit_test(overwritten_head_of_a_list_blames_no_block),
        cmocka_unit_test(overwritten_root_of_the_tree_blames_no_block),
        cmocka_unit_test(free_blocks_behind_a_smashed_tag_are_found_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
