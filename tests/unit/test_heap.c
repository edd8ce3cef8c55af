// SPDX-License-Identifier: MIT
// Heaps over caller memory: what is made, where blocks lie, and how they are joined.
#include "heap_memory.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void error_text_is_distinct_for_every_value(void **state)
{
    (void)state;
    for (int i = IKYO_HEAP_OK; i <= IKYO_HEAP_USED_AFTER_FREE + 1; i++) {
        const char *text = ikyo_heap_error_text((enum ikyo_heap_error)i);

        assert_true(strlen(text) > 5);
        for (int j = IKYO_HEAP_OK; j < i; j++)
            assert_string_not_equal(text, ikyo_heap_error_text((enum ikyo_heap_error)j));
    }
}

static void init_refuses_what_is_no_memory(void **state)
{
    const struct ikyo_heap_options unknown = {.fit = (enum ikyo_heap_fit)3};
    const struct ikyo_heap_options negative = {.fit = (enum ikyo_heap_fit) - 1};

    (void)state;
    assert_null(ikyo_heap_init(NULL, HEAP_MEMORY, NULL));
    assert_null(ikyo_heap_init(NULL, 0, NULL));
    assert_null(ikyo_heap_init(heap_memory, 0, NULL));
    assert_null(ikyo_heap_init(heap_memory + 1, 15, NULL));
    assert_null(ikyo_heap_init(heap_memory, HEAP_MEMORY, &unknown));
    assert_null(ikyo_heap_init(heap_memory, HEAP_MEMORY, &negative));
    assert_null(ikyo_heap_init(heap_memory, ((size_t)16 << 30) + 16, NULL));
    assert_null(ikyo_heap_init(heap_memory, SIZE_MAX, NULL));
}

static void init_never_writes_outside_of_its_memory(void **state)
{
    (void)state;
    for (int defer = 0; defer < 2; defer++) {
        const struct ikyo_heap_options options = {.defer_joining = defer};

        for (size_t skip = 16; skip < 32; skip++) {
            for (size_t size = 0; size <= 450; size++) {
                memset(heap_memory, 0xA5, 512);

                struct ikyo_heap *heap = ikyo_heap_init(heap_memory + skip, size, &options);

                if (size >= 256)
                    assert_non_null(heap);
                if (heap != NULL) {
                    assert_in_order(heap);
                    memset(heap_block(heap, ikyo_heap_stats(heap).largest_free), 0, 24);
                    assert_in_order(heap);
                }
                for (size_t i = 0; i < 512; i++)
                    assert_true((i >= skip && i < skip + size) || heap_memory[i] == 0xA5);
            }
        }
    }
}

static void calls_without_a_heap_are_refused(void **state)
{
    static _Alignas(16) unsigned char zeros[256];
    struct ikyo_heap *none[] = {NULL, (struct ikyo_heap *)(void *)zeros};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_null(ikyo_heap_alloc(none[i], 1));
        assert_null(ikyo_heap_alloc_aligned(none[i], 1, 64));
        assert_null(ikyo_heap_realloc(none[i], NULL, 1));
        assert_int_equal(ikyo_heap_free(none[i], zeros), IKYO_HEAP_BAD_ARGUMENT);
        assert_int_equal(ikyo_heap_usable_size(none[i], zeros), 0);
        ikyo_heap_join(none[i]);
        assert_int_equal(ikyo_heap_stats(none[i]).size, 0);
        assert_fault(ikyo_heap_check(none[i]), IKYO_HEAP_BAD_ARGUMENT, NULL);
        assert_fault(ikyo_heap_walk(none[i], NULL, NULL), IKYO_HEAP_BAD_ARGUMENT, NULL);
        assert_fault(ikyo_heap_last_fault(none[i]), IKYO_HEAP_BAD_ARGUMENT, NULL);
    }
}

static void two_kib_hold_58_small_blocks(void **state)
{
    (void)state;
    for (int fit = IKYO_HEAP_BEST_FIT; fit <= IKYO_HEAP_NEXT_FIT; fit++) {
        for (int defer = 0; defer < 2; defer++) {
            struct ikyo_heap *heap = heap_of(2048, (enum ikyo_heap_fit)fit, defer);
            size_t count = 0;

            while (ikyo_heap_alloc(heap, 24) != NULL)
                count++;
            assert_true(count >= 58);
            assert_fault(ikyo_heap_last_fault(heap), IKYO_HEAP_NO_MEMORY, NULL);
            assert_in_range(ikyo_heap_stats(heap).used, count * 24, count * 24 + 16);
            assert_int_equal(ikyo_heap_stats(heap).free, 0);
            assert_int_equal(ikyo_heap_stats(heap).largest_free, 0);
            assert_int_equal(ikyo_heap_stats(heap).fragmentation, 0);
            assert_in_order(heap);
        }
    }
}

// What a heap keeps for itself of its memory: what its one free block, with its tags, leaves.
static void record_takes_less_than_176_bytes_and_a_fiftieth(void **state)
{
    (void)state;
    for (size_t size = 256; size <= HEAP_MEMORY; size += 16) {
        for (int i = 0; i < 6; i++) {
            struct ikyo_heap *heap = heap_of(size, (enum ikyo_heap_fit)(i / 2), i % 2 != 0);

            assert_true(size - ikyo_heap_stats(heap).free < 176 + size / 50);
        }
    }
}

static void best_fit_takes_the_smallest_of_every_size(void **state)
{
    struct ikyo_heap *heap = heap_of(HEAP_MEMORY, IKYO_HEAP_BEST_FIT, false);
    unsigned char *block[140];
    size_t count = 0;

    (void)state;
    // Those above 2 KiB are not in lists; none has a neighbour of its own size.
    for (size_t size = 24; size < 56 * 1024 / 70; size += 16, count++) {
        block[count] = heap_block(heap, size % 32 == 24 ? size : size + 2048);
        heap_block(heap, 24);
        if (ikyo_heap_stats(heap).largest_free < 4096)
            break;
    }
    for (size_t i = 0; i < count; i++)
        heap_give(heap, block[i * 7 % count]);
    for (size_t i = 0; i < count; i += 2)
        assert_ptr_equal(heap_block(heap, 24 + i * 16), block[i]);
    for (size_t i = 1; i < count; i += 2)
        assert_ptr_equal(heap_block(heap, 24 + i * 16 + 2048), block[i]);
    assert_in_order(heap);
}

static void sizes_are_rounded_by_less_than_a_unit_above_the_smallest(void **state)
{
    struct ikyo_heap *heap = heap_of(HEAP_MEMORY, IKYO_HEAP_BEST_FIT, false);

    (void)state;
    assert_int_equal(ikyo_heap_usable_size(heap, heap_block(heap, 0)), 24);
    for (size_t size = 24; size < 300; size++) {
        size_t usable = ikyo_heap_usable_size(heap, heap_block(heap, size));

        assert_true(usable >= size && usable < size + 16);
    }
}

static void sizes_that_cannot_be_are_no_memory(void **state)
{
    struct ikyo_heap *heap = heap_of(HEAP_MEMORY, IKYO_HEAP_FIRST_FIT, false);
    unsigned char *block = heap_block(heap, 10);
    static const size_t sizes[] = {HEAP_MEMORY, SIZE_MAX, SIZE_MAX - 7, SIZE_MAX / 2 + 1};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_null(ikyo_heap_alloc(heap, sizes[i]));
        assert_fault(ikyo_heap_last_fault(heap), IKYO_HEAP_NO_MEMORY, NULL);
        assert_null(ikyo_heap_realloc(heap, block, sizes[i]));
        assert_null(ikyo_heap_alloc_aligned(heap, sizes[i], 4096));
        assert_null(ikyo_heap_alloc_aligned(heap, 1, SIZE_MAX / 2 + 1));
    }
    assert_int_equal(ikyo_heap_stats(heap).live_blocks, 1);
    assert_in_order(heap);
}

static void alignments_that_are_none_are_refused(void **state)
{
    struct ikyo_heap *heap = heap_of(HEAP_MEMORY, IKYO_HEAP_FIRST_FIT, false);
    static const size_t alignments[] = {0, 3, 24, 48, SIZE_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof alignments / sizeof alignments[0]; i++) {
        assert_null(ikyo_heap_alloc_aligned(heap, 8, alignments[i]));
        assert_fault(ikyo_heap_last_fault(heap), IKYO_HEAP_BAD_ARGUMENT, NULL);
    }
}

static void aligned_blocks_lose_nothing_around_them(void **state)
{
    (void)state;
    for (int fit = IKYO_HEAP_BEST_FIT; fit <= IKYO_HEAP_NEXT_FIT; fit++) {
        struct ikyo_heap *heap = heap_of(HEAP_MEMORY, (enum ikyo_heap_fit)fit, false);
        size_t free = ikyo_heap_stats(heap).free;
        void *block[64];

        for (size_t round = 0; round < 64; round++) {
            size_t alignment = (size_t)1 << round % 13;

            block[round] = ikyo_heap_alloc_aligned(heap, 1 + round * 5, alignment);
            if (block[round] == NULL)
                assert_true(ikyo_heap_stats(heap).largest_free < 2 * alignment + 400);
            assert_int_equal((uintptr_t)block[round] % alignment, 0);
            assert_in_order(heap);
        }
        for (size_t round = 0; round < 64; round++)
            heap_give(heap, block[round]);
        assert_int_equal(ikyo_heap_stats(heap).free, free);
        assert_int_equal(ikyo_heap_stats(heap).free_blocks, 1);
    }
}

// Live blocks with free ones of 104, 56 and 88 bytes between them, then the rest of the heap.
static struct ikyo_heap *heap_with_holes(enum ikyo_heap_fit fit, unsigned char *hole[3])
{
    struct ikyo_heap *heap = heap_of(4096, fit, false);
    static const size_t sizes[] = {104, 56, 88};

    for (size_t i = 0; i < 3; i++) {
        heap_block(heap, 24);
        hole[i] = heap_block(heap, sizes[i]);
    }
    heap_block(heap, 24);
    for (size_t i = 0; i < 3; i++)
        heap_give(heap, hole[i]);
    assert_int_equal(ikyo_heap_stats(heap).free_blocks, 4);
    return heap;
}

static void best_fit_takes_the_smallest_hole(void **state)
{
    unsigned char *hole[3];
    struct ikyo_heap *heap = heap_with_holes(IKYO_HEAP_BEST_FIT, hole);

    (void)state;
    assert_ptr_equal(heap_block(heap, 50), hole[1]);
    assert_ptr_equal(heap_block(heap, 50), hole[2]);
    assert_ptr_equal(heap_block(heap, 50), hole[0]);
    assert_in_order(heap);
}

static void first_fit_takes_the_lowest_hole(void **state)
{
    unsigned char *hole[3];
    struct ikyo_heap *heap = heap_with_holes(IKYO_HEAP_FIRST_FIT, hole);

    (void)state;
    assert_ptr_equal(heap_block(heap, 24), hole[0]);
    assert_ptr_equal(heap_block(heap, 80), hole[2]);
    assert_ptr_equal(heap_block(heap, 24), hole[0] + 32);
    assert_in_order(heap);
}

static void next_fit_goes_on_behind_the_last_block_and_comes_around(void **state)
{
    unsigned char *hole[3];
    struct ikyo_heap *heap = heap_with_holes(IKYO_HEAP_NEXT_FIT, hole);
    unsigned char *rest = heap_block(heap, 24);

    (void)state;
    assert_true(rest > hole[2]);
    assert_non_null(ikyo_heap_alloc(heap, ikyo_heap_stats(heap).largest_free));
    assert_ptr_equal(heap_block(heap, 24), hole[0]);
    assert_ptr_equal(heap_block(heap, 24), hole[0] + 32);
    assert_ptr_equal(heap_block(heap, 56), hole[1]);
    assert_ptr_equal(heap_block(heap, 24), hole[2]);
    assert_in_order(heap);
}

static void next_fit_goes_on_with_the_block_that_swallowed_its_place(void **state)
{
    struct ikyo_heap *heap = heap_of(4096, IKYO_HEAP_NEXT_FIT, false);
    unsigned char *hole = heap_block(heap, 40);

    (void)state;
    heap_block(heap, 40);

    unsigned char *last = heap_block(heap, 40);

    heap_give(heap, hole);
    heap_give(heap, last);
    assert_ptr_equal(heap_block(heap, 24), last);
    assert_in_order(heap);
}

static void neighbours_are_joined_in_any_order(void **state)
{
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                     {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct ikyo_heap *heap = heap_of(2048, IKYO_HEAP_BEST_FIT, false);
        size_t free = ikyo_heap_stats(heap).free;
        void *block[3] = {heap_block(heap, 40), heap_block(heap, 70), heap_block(heap, 200)};

        for (size_t j = 0; j < 3; j++) {
            heap_give(heap, block[orders[i][j]]);
            assert_in_order(heap);
        }
        assert_int_equal(ikyo_heap_stats(heap).free_blocks, 1);
        assert_int_equal(ikyo_heap_stats(heap).free, free);
        assert_int_equal(ikyo_heap_stats(heap).largest_free, free);
    }
}

static void deferred_blocks_come_back_as_they_were(void **state)
{
    struct ikyo_heap *heap = heap_of(4096, IKYO_HEAP_BEST_FIT, true);
    void *a = heap_block(heap, 40), *b = heap_block(heap, 40), *large = heap_block(heap, 600);

    (void)state;
    heap_give(heap, a);
    heap_give(heap, b);
    assert_int_equal(ikyo_heap_stats(heap).kept_blocks, 2);
    assert_int_equal(ikyo_heap_stats(heap).kept, 80);
    assert_in_order(heap);
    assert_ptr_equal(ikyo_heap_alloc(heap, 33), b);
    assert_ptr_equal(ikyo_heap_alloc(heap, 40), a);
    heap_give(heap, large);
    assert_int_equal(ikyo_heap_stats(heap).kept_blocks, 0);
    assert_in_order(heap);
}

static void deferred_blocks_are_joined_when_nothing_else_is_left(void **state)
{
    struct ikyo_heap *heap = heap_of(4096, IKYO_HEAP_FIRST_FIT, true);
    size_t largest = ikyo_heap_stats(heap).largest_free;
    void *block[128];
    size_t count = 0;

    (void)state;
    while ((block[count] = ikyo_heap_alloc(heap, 24)) != NULL)
        count++;
    for (size_t i = 0; i < count; i++)
        heap_give(heap, block[i]);
    assert_int_equal(ikyo_heap_stats(heap).kept_blocks, count);
    assert_int_equal(ikyo_heap_stats(heap).free_blocks, 0);
    assert_in_order(heap);
    heap_give(heap, heap_block(heap, largest));
    assert_int_equal(ikyo_heap_stats(heap).kept_blocks, 0);
    assert_int_equal(ikyo_heap_stats(heap).largest_free, largest);
    assert_in_order(heap);
}

static void join_leaves_no_block_kept(void **state)
{
    struct ikyo_heap *heap = heap_of(4096, IKYO_HEAP_NEXT_FIT, true);
    size_t largest = ikyo_heap_stats(heap).largest_free;
    void *block[20];

    (void)state;
    for (size_t i = 0; i < 20; i++)
        block[i] = heap_block(heap, i * 6);
    for (size_t i = 0; i < 20; i++)
        heap_give(heap, block[(i * 7) % 20]);
    assert_int_equal(ikyo_heap_stats(heap).kept_blocks, 20);
    ikyo_heap_join(heap);
    ikyo_heap_join(heap);
    assert_int_equal(ikyo_heap_stats(heap).kept_blocks, 0);
    assert_int_equal(ikyo_heap_stats(heap).largest_free, largest);
    assert_in_order(heap);
}

static void realloc_stays_where_free_memory_follows(void **state)
{
    struct ikyo_heap *heap = heap_of(4096, IKYO_HEAP_BEST_FIT, false);
    unsigned char *block = heap_block(heap, 24), *next = heap_block(heap, 200);

    (void)state;
    heap_block(heap, 24);
    memset(block, 7, 24);
    heap_give(heap, next);
    assert_ptr_equal(ikyo_heap_realloc(heap, block, 100), block);
    assert_int_equal(ikyo_heap_usable_size(heap, block), 104);
    assert_in_order(heap);
    assert_ptr_equal(ikyo_heap_realloc(heap, block, 232), block);
    assert_int_equal(ikyo_heap_usable_size(heap, block), 232);
    assert_in_order(heap);
    assert_ptr_equal(ikyo_heap_realloc(heap, block, 0), block);
    assert_int_equal(ikyo_heap_usable_size(heap, block), 24);
    for (size_t i = 0; i < 24; i++)
        assert_int_equal(block[i], 7);
    assert_in_order(heap);
}

static void realloc_stays_where_blocks_kept_follow_when_nothing_else_is_left(void **state)
{
    (void)state;
    for (int fit = IKYO_HEAP_BEST_FIT; fit <= IKYO_HEAP_NEXT_FIT; fit++) {
        struct ikyo_heap *heap = heap_of(8192, (enum ikyo_heap_fit)fit, true);
        unsigned char *block = heap_block(heap, 100), *next = heap_block(heap, 100);

        heap_block(heap, ikyo_heap_stats(heap).largest_free);
        heap_give(heap, next);
        assert_int_equal(ikyo_heap_stats(heap).kept_blocks, 1);
        memset(block, 7, 100);
        assert_ptr_equal(ikyo_heap_realloc(heap, block, 180), block);
        assert_fault(ikyo_heap_last_fault(heap), IKYO_HEAP_OK, NULL);
        for (size_t i = 0; i < 100; i++)
            assert_int_equal(block[i], 7);
        assert_null(ikyo_heap_realloc(heap, block, 1000));
        assert_fault(ikyo_heap_last_fault(heap), IKYO_HEAP_NO_MEMORY, NULL);
        assert_in_order(heap);
    }
}

static void realloc_moves_where_it_must_and_copies(void **state)
{
    struct ikyo_heap *heap = heap_of(4096, IKYO_HEAP_BEST_FIT, false);
    unsigned char *block = heap_block(heap, 40);

    (void)state;
    heap_block(heap, 24);
    for (size_t i = 0; i < 40; i++)
        block[i] = (unsigned char)i;

    unsigned char *moved = ikyo_heap_realloc(heap, block, 1000);

    assert_non_null(moved);
    assert_ptr_not_equal(moved, block);
    for (size_t i = 0; i < 40; i++)
        assert_int_equal(moved[i], i);
    assert_int_equal(ikyo_heap_stats(heap).live_blocks, 2);
    assert_int_equal(ikyo_heap_free(heap, block), IKYO_HEAP_DOUBLE_FREE);
    assert_in_order(heap);
}

static void realloc_that_fails_changes_nothing(void **state)
{
    struct ikyo_heap *heap = heap_of(2048, IKYO_HEAP_BEST_FIT, false);
    unsigned char *block = ikyo_heap_realloc(heap, NULL, 40);
    struct ikyo_heap_figures before = ikyo_heap_stats(heap);

    (void)state;
    assert_non_null(block);
    memset(block, 9, 40);
    assert_null(ikyo_heap_realloc(heap, block, 4000));
    for (size_t i = 0; i < 40; i++)
        assert_int_equal(block[i], 9);
    assert_int_equal(ikyo_heap_stats(heap).used, before.used);
    assert_int_equal(ikyo_heap_stats(heap).free, before.free);
    assert_in_order(heap);
}

struct seen {
    size_t count, limit;
    struct ikyo_heap_block block[8];
};

static bool see(void *context, const struct ikyo_heap_block *block)
{
    struct seen *seen = context;

    seen->block[seen->count++] = *block;
    return seen->count < seen->limit;
}

static void walk_shows_every_block_by_address(void **state)
{
    struct ikyo_heap *heap = heap_of(2048, IKYO_HEAP_BEST_FIT, true);
    void *a = heap_block(heap, 24), *b = heap_block(heap, 56), *c = heap_block(heap, 600);
    struct seen all = {.limit = 8}, two = {.limit = 2};

    (void)state;
    heap_give(heap, b);
    assert_fault(ikyo_heap_walk(heap, see, &all), IKYO_HEAP_OK, NULL);
    assert_int_equal(all.count, 4);
    assert_ptr_equal(all.block[0].address, a);
    assert_int_equal(all.block[0].state, IKYO_HEAP_LIVE);
    assert_int_equal(all.block[0].size, 24);
    assert_ptr_equal(all.block[1].address, b);
    assert_int_equal(all.block[1].state, IKYO_HEAP_KEPT);
    assert_int_equal(all.block[1].size, 56);
    assert_ptr_equal(all.block[2].address, c);
    assert_int_equal(all.block[3].state, IKYO_HEAP_FREE);
    assert_int_equal(all.block[3].size, ikyo_heap_stats(heap).free);
    assert_fault(ikyo_heap_walk(heap, see, &two), IKYO_HEAP_OK, NULL);
    assert_int_equal(two.count, 2);
}

static void stats_say_what_is_used_free_and_apart(void **state)
{
    unsigned char *hole[3];
    struct ikyo_heap *heap = heap_with_holes(IKYO_HEAP_BEST_FIT, hole);
    struct ikyo_heap_figures s = ikyo_heap_stats(heap);

    (void)state;
    assert_int_equal(s.size, 4096);
    assert_int_equal(s.live_blocks, 4);
    assert_int_equal(s.used, 4 * 24);
    assert_int_equal(s.peak, 4 * 24 + 104 + 56 + 88);
    assert_int_equal(s.free, s.largest_free + 104 + 56 + 88);
    assert_int_equal(s.fragmentation, 100 - s.largest_free * 100 / s.free);
    heap_give(heap, heap_block(heap, s.largest_free));
    assert_null(ikyo_heap_alloc(heap, s.largest_free + 1));
}

static void allocator_takes_and_gives_blocks_of_the_heap(void **state)
{
    struct ikyo_heap *heap = heap_of(4096, IKYO_HEAP_BEST_FIT, false);
    const struct ikyo_allocator allocator = ikyo_heap_allocator(heap);
    void *block = ikyo_allocate(&allocator, 100, 256);

    (void)state;
    assert_non_null(block);
    assert_int_equal((uintptr_t)block % 256, 0);
    assert_int_equal(ikyo_heap_stats(heap).live_blocks, 1);
    assert_null(ikyo_allocate(&allocator, 1, 3));
    ikyo_deallocate(&allocator, block, 100);
    ikyo_deallocate(&allocator, NULL, 0);
    assert_int_equal(ikyo_heap_stats(heap).live_blocks, 0);
    ikyo_deallocate(&allocator, block, 100);
    assert_fault(ikyo_heap_last_fault(heap), IKYO_HEAP_DOUBLE_FREE, block);
}

static void heap_inside_of_a_heap_is_a_heap_of_its_own(void **state)
{
    struct ikyo_heap *outer = heap_of(8192, IKYO_HEAP_BEST_FIT, false);
    void *memory = heap_block(outer, 2048);
    struct ikyo_heap *inner = ikyo_heap_init(memory, 2048, NULL);
    void *block = heap_block(inner, 100);

    (void)state;
    assert_int_equal(ikyo_heap_free(outer, block), IKYO_HEAP_FOREIGN_POINTER);
    assert_int_equal(ikyo_heap_free(inner, memory), IKYO_HEAP_FOREIGN_POINTER);
    heap_give(inner, block);
    heap_give(outer, memory);
    assert_in_order(outer);
}

// The other process maps the heap somewhere else, frees what it finds and leaves a block.
static void use_from_another_process(int file, size_t size, size_t at)
{
    unsigned char *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    struct ikyo_heap *heap = base != MAP_FAILED ? ikyo_heap_attach(base, size) : NULL;
    char *block = ikyo_heap_alloc(heap, 100);

    if (block == NULL || strcmp((char *)base + at, "parent") != 0)
        _exit(1);
    strcpy(block, "child");
    if (ikyo_heap_free(heap, base + at) != IKYO_HEAP_OK ||
        ikyo_heap_check(heap).error != IKYO_HEAP_OK)
        _exit(2);
    _exit(0);
}

static void processes_share_a_heap_at_different_addresses(void **state)
{
    enum { SIZE = 16384 };
    int file = memfd_create("heap", 0), status;

    assert_int_equal(ftruncate(file, SIZE), 0);

    unsigned char *base = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    struct ikyo_heap *heap = ikyo_heap_init(base, SIZE, NULL);
    char *block = (char *)heap_block(heap, 50);

    (void)state;
    strcpy(block, "parent");

    pid_t pid = fork();

    if (pid == 0)
        use_from_another_process(file, SIZE, (size_t)((unsigned char *)block - base));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(ikyo_heap_free(heap, block), IKYO_HEAP_DOUBLE_FREE);
    assert_int_equal(ikyo_heap_stats(heap).live_blocks, 1);
    assert_in_order(heap);
    munmap(base, SIZE);
    close(file);
}

static void attach_finds_a_heap_or_none(void **state)
{
    struct ikyo_heap *heap = heap_of(2048, IKYO_HEAP_BEST_FIT, false);

    (void)state;
    assert_ptr_equal(ikyo_heap_attach(heap_memory, 2048), heap);
    assert_null(ikyo_heap_attach(heap_memory, 2047));
    assert_null(ikyo_heap_attach(heap_memory + 16, 2048));
    assert_null(ikyo_heap_attach(heap_memory, 0));
    assert_null(ikyo_heap_attach(NULL, 2048));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_text_is_distinct_for_every_value),
        cmocka_unit_test(init_refuses_what_is_no_memory),
        cmocka_unit_test(init_never_writes_outside_of_its_memory),
        cmocka_unit_test(calls_without_a_heap_are_refused),
        cmocka_unit_test(two_kib_hold_58_small_blocks),
        cmocka_unit_test(record_takes_less_than_176_bytes_and_a_fiftieth),
        cmocka_unit_test(sizes_are_rounded_by_less_than_a_unit_above_the_smallest),
        cmocka_unit_test(sizes_that_cannot_be_are_no_memory),
        cmocka_unit_test(alignments_that_are_none_are_refused),
        cmocka_unit_test(aligned_blocks_lose_nothing_around_them),
        cmocka_unit_test(best_fit_takes_the_smallest_hole),
        cmocka_unit_test(best_fit_takes_the_smallest_of_every_size),
        cmocka_unit_test(first_fit_takes_the_lowest_hole),
        cmocka_unit_test(next_fit_goes_on_behind_the_last_block_and_comes_around),
        cmocka_unit_test(next_fit_goes_on_with_the_block_that_swallowed_its_place),
        cmocka_unit_test(neighbours_are_joined_in_any_order),
        cmocka_unit_test(deferred_blocks_come_back_as_they_were),
        cmocka_unit_test(deferred_blocks_are_joined_when_nothing_else_is_left),
        cmocka_unit_test(join_leaves_no_block_kept),
        cmocka_unit_test(realloc_stays_where_free_memory_follows),
        cmocka_unit_test(realloc_stays_where_blocks_kept_follow_when_nothing_else_is_left),
        cmocka_unit_test(realloc_moves_where_it_must_and_copies),
        cmocka_unit_test(realloc_that_fails_changes_nothing),
        cmocka_unit_test(walk_shows_every_block_by_address),
        cmocka_unit_test(stats_say_what_is_used_free_and_apart),
        cmocka_unit_test(allocator_takes_and_gives_blocks_of_the_heap),
        cmocka_unit_test(heap_inside_of_a_heap_is_a_heap_of_its_own),
        cmocka_unit_test(processes_share_a_heap_at_different_addresses),
        cmocka_unit_test(attach_finds_a_heap_or_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
