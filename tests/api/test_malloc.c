// SPDX-License-Identifier: MIT
// malloc as an application sees it: alignment, content, unique blocks, impossible sizes.
#include "api.h"

#include <pthread.h>

enum { SMALL_MAX = 5000, MANY = 20000 };

static void malloc_zero_returns_unique_blocks(void **state)
{
    void *blocks[64];

    (void)state;
    for (size_t i = 0; i < 64; i++) {
        blocks[i] = call.malloc(0);
        assert_non_null(blocks[i]);
        assert_true(api_is_aligned(blocks[i], 16));
        for (size_t j = 0; j < i; j++)
            assert_ptr_not_equal(blocks[i], blocks[j]);
    }
    for (size_t i = 0; i < 64; i++)
        call.free(blocks[i]);
}

static void malloc_every_small_size_is_aligned_and_keeps_its_content(void **state)
{
    static unsigned char *blocks[SMALL_MAX + 1];

    (void)state;
    for (size_t size = 1; size <= SMALL_MAX; size++) {
        blocks[size] = call.malloc(size);
        assert_non_null(blocks[size]);
        assert_true(api_is_aligned(blocks[size], 16));
        api_fill(blocks[size], size, size);
    }
    // Freeing in an order that is neither first nor last leaves holes between live blocks.
    for (size_t step = 0, size = 1; step < SMALL_MAX; step++) {
        assert_true(api_holds(blocks[size], size, size));
        call.free(blocks[size]);
        size = size + 1789 > SMALL_MAX ? size + 1789 - SMALL_MAX : size + 1789;
    }
}

static void check_one_size(size_t size)
{
    unsigned char *first = call.malloc(size);
    unsigned char *second = call.malloc(size);

    assert_non_null(first);
    assert_non_null(second);
    assert_true(api_is_aligned(first, 16));
    assert_true(api_is_aligned(second, 16));
    api_fill(first, size, size);
    api_fill(second, size, size + 1);
    assert_true(api_holds(first, size, size));
    assert_true(api_holds(second, size, size + 1));
    call.free(first);
    call.free(second);
}

static void malloc_sizes_around_every_boundary_to_64_mib_hold_their_content(void **state)
{
    (void)state;
    for (size_t power = 4096; power <= (size_t)64 * MIB; power *= 2) {
        for (size_t eighth = 8; eighth < 16; eighth += power > 4 * MIB ? 4 : 1) {
            size_t size = power / 8 * eighth;
            check_one_size(size - 1);
            check_one_size(size);
            check_one_size(size + 1);
            if (size >= (size_t)64 * MIB)
                break;
        }
    }
}

static void malloc_beyond_the_address_space_sets_enomem(void **state)
{
    static const size_t sizes[] = {
        API_BEYOND, API_BEYOND + 4096, API_BEYOND + MIB, (size_t)PTRDIFF_MAX + 1,
        (size_t)PTRDIFF_MAX + 4097, SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 15, SIZE_MAX - 16,
        SIZE_MAX - 4095, SIZE_MAX - 4096, SIZE_MAX - 65536, SIZE_MAX - 2 * MIB,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        errno = 0;
        assert_null(call.malloc(sizes[i]));
        assert_int_equal(errno, ENOMEM);
    }
    void *after = call.malloc(100);
    assert_non_null(after);
    call.free(after);
}

struct extent {
    uintptr_t start;
    uintptr_t end;
};

static int compare_extents(const void *a, const void *b)
{
    const struct extent *left = a;
    const struct extent *right = b;

    return (left->start > right->start) - (left->start < right->start);
}

static void malloc_live_blocks_never_overlap_to_their_usable_end(void **state)
{
    static struct extent extents[MANY];
    uint64_t random = 42;

    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        size_t limit = i % 64 == 0 ? 200 * KIB : i % 8 == 0 ? 20 * KIB : 600;
        size_t size = api_random(&random) % limit;
        void *p = call.malloc(size);
        assert_non_null(p);
        extents[i].start = (uintptr_t)p;
        extents[i].end = (uintptr_t)p + call.malloc_usable_size(p);
        assert_true(extents[i].end >= extents[i].start + size);
    }
    qsort(extents, MANY, sizeof(extents[0]), compare_extents);
    for (size_t i = 1; i < MANY; i++)
        assert_true(extents[i - 1].end <= extents[i].start);
    for (size_t i = 0; i < MANY; i++)
        call.free((void *)extents[i].start);
}

// Returns NULL when every block kept the content of its own thread.
static void *fill_and_check(void *argument)
{
    uint64_t seed = (uint64_t)(uintptr_t)argument;
    uint64_t random = seed * 7919 + 1;
    void *blocks[100] = { NULL };
    size_t sizes[100] = { 0 };
    uint64_t ids[100] = { 0 };

    for (uint64_t step = 0; step < 100000; step++) {
        size_t slot = api_random(&random) % 100;
        if (blocks[slot] != NULL && !api_holds(blocks[slot], sizes[slot], ids[slot]))
            return argument;
        call.free(blocks[slot]);
        sizes[slot] = api_random(&random) % (step % 256 == 0 ? 100000 : 1500);
        ids[slot] = seed << 32 | step;
        blocks[slot] = call.malloc(sizes[slot]);
        if (blocks[slot] == NULL)
            return argument;
        api_fill(blocks[slot], sizes[slot], ids[slot]);
    }
    for (size_t slot = 0; slot < 100; slot++)
        call.free(blocks[slot]);
    return NULL;
}

static void malloc_in_four_threads_gives_each_its_own_blocks(void **state)
{
    pthread_t threads[4];

    (void)state;
    for (uintptr_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, fill_and_check, (void *)(i + 1)), 0);
    for (size_t i = 0; i < 4; i++) {
        void *failed = &threads;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malloc_zero_returns_unique_blocks),
        cmocka_unit_test(malloc_every_small_size_is_aligned_and_keeps_its_content),
        cmocka_unit_test(malloc_sizes_around_every_boundary_to_64_mib_hold_their_content),
        cmocka_unit_test(malloc_beyond_the_address_space_sets_enomem),
        cmocka_unit_test(malloc_live_blocks_never_overlap_to_their_usable_end),
        cmocka_unit_test(malloc_in_four_threads_gives_each_its_own_blocks),
    };

    return cmocka_run_group_tests_name("malloc", tests, NULL, NULL);
}
