// SPDX-License-Identifier: MIT
// memalign and aligned_alloc treat odd arguments as glibc 2.36 does: an alignment that is no power
// of two is rounded up to the next one, a size that is no multiple of it is fine. aligned_alloc is
// the same function there, so one table of tests runs over both.
#include "api.h"

typedef void *(*aligned_call)(size_t alignment, size_t size);

static aligned_call const calls[2] = { memalign, aligned_alloc };

static size_t power_of_two_from(size_t alignment)
{
    size_t power = 16;

    while (power < alignment)
        power *= 2;
    return power;
}

static void memalign_of_powers_of_two_to_1_gib_is_aligned(void **state)
{
    static const size_t sizes[] = { 0, 1, 17, 1000, 4097, 33000, 1100000 };

    (void)state;
    for (size_t which = 0; which < 2; which++) {
        aligned_call volatile allocate = calls[which];
        for (size_t alignment = 1; alignment <= (size_t)1 << 30; alignment *= 2) {
            for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                unsigned char *p = allocate(alignment, sizes[i]);
                assert_non_null(p);
                assert_true(api_is_aligned(p, power_of_two_from(alignment)));
                assert_in_range(call.malloc_usable_size(p), sizes[i], SIZE_MAX);
                api_fill(p, sizes[i], alignment);
                assert_true(api_holds(p, sizes[i], alignment));
                call.free(p);
            }
        }
    }
}

static void memalign_odd_alignment_is_rounded_up_to_a_power_of_two(void **state)
{
    static const size_t odd[] = { 0, 3, 5, 6, 7, 12, 17, 24, 33, 48, 63, 65, 100, 129, 1000, 4095,
                                  4097, 5000, 70000, MIB + 1, 3 * MIB };

    (void)state;
    for (size_t which = 0; which < 2; which++) {
        aligned_call volatile allocate = calls[which];
        for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
            unsigned char *blocks[5];
            // One block may be aligned by chance; five in a row are not.
            for (size_t j = 0; j < 5; j++) {
                blocks[j] = allocate(odd[i], 40 + j);
                assert_non_null(blocks[j]);
                assert_true(api_is_aligned(blocks[j], power_of_two_from(odd[i])));
                api_fill(blocks[j], 40 + j, j);
            }
            for (size_t j = 0; j < 5; j++) {
                assert_true(api_holds(blocks[j], 40 + j, j));
                call.free(blocks[j]);
            }
        }
    }
}

static void memalign_alignment_above_half_the_address_space_is_einval(void **state)
{
    static const size_t excessive[] = { SIZE_MAX / 2 + 2, SIZE_MAX / 2 + 4097, SIZE_MAX - 1,
                                        SIZE_MAX };

    (void)state;
    for (size_t which = 0; which < 2; which++) {
        aligned_call volatile allocate = calls[which];
        for (size_t i = 0; i < sizeof(excessive) / sizeof(excessive[0]); i++) {
            errno = 0;
            assert_null(allocate(excessive[i], 64));
            assert_int_equal(errno, EINVAL);
        }
    }
}

static void memalign_too_large_sets_enomem(void **state)
{
    static const size_t requests[][2] = {
        { SIZE_MAX / 2 + 1, 1 }, { 64, SIZE_MAX }, { 64, (size_t)PTRDIFF_MAX + 1 },
        { 4096, SIZE_MAX - 4096 }, { SIZE_MAX / 4 + 1, PTRDIFF_MAX }, { 16, SIZE_MAX - 15 },
        { SIZE_MAX / 2 + 1, SIZE_MAX / 4 + 1 },
    };

    (void)state;
    for (size_t which = 0; which < 2; which++) {
        aligned_call volatile allocate = calls[which];
        for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
            errno = 0;
            assert_null(allocate(requests[i][0], requests[i][1]));
            assert_int_equal(errno, ENOMEM);
        }
    }
}

static void aligned_alloc_size_that_is_no_multiple_of_alignment_succeeds(void **state)
{
    (void)state;
    for (size_t size = 1; size < 300; size += 7) {
        unsigned char *p = call.aligned_alloc(128, size);
        assert_non_null(p);
        assert_true(api_is_aligned(p, 128));
        api_fill(p, size, size);
        assert_true(api_holds(p, size, size));
        call.free(p);
    }
}

static void memalign_mixed_with_malloc_keeps_all_content(void **state)
{
    enum { COUNT = 3000 };
    static unsigned char *blocks[COUNT];
    static size_t sizes[COUNT];
    uint64_t random = 99;

    (void)state;
    for (uint64_t i = 0; i < COUNT; i++) {
        size_t alignment = (size_t)16 << api_random(&random) % 13;
        sizes[i] = api_random(&random) % (i % 16 == 0 ? 90000 : 2000);
        blocks[i] = i % 3 == 0 ? call.malloc(sizes[i]) : call.memalign(alignment, sizes[i]);
        assert_non_null(blocks[i]);
        assert_true(i % 3 == 0 || api_is_aligned(blocks[i], alignment));
        api_fill(blocks[i], sizes[i], i);
    }
    for (uint64_t i = 0; i < COUNT; i++) {
        assert_true(api_holds(blocks[i], sizes[i], i));
        call.free(blocks[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memalign_of_powers_of_two_to_1_gib_is_aligned),
        cmocka_unit_test(memalign_odd_alignment_is_rounded_up_to_a_power_of_two),
        cmocka_unit_test(memalign_alignment_above_half_the_address_space_is_einval),
        cmocka_unit_test(memalign_too_large_sets_enomem),
        cmocka_unit_test(aligned_alloc_size_that_is_no_multiple_of_alignment_succeeds),
        cmocka_unit_test(memalign_mixed_with_malloc_keeps_all_content),
    };

    return cmocka_run_group_tests_name("memalign", tests, NULL, NULL);
}
