// SPDX-License-Identifier: MIT
// malloc_trim: freed memory goes back to the system, live memory keeps its content.
#include "api.h"

#include <stdio.h>

enum { COUNT = 200000, SIZE = 400 };

static unsigned char *blocks[COUNT];

// From the page tables: the counter in /proc/self/statm lags behind, by megabytes if pages are big.
static size_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    char line[256];
    unsigned long kib = 0;

    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL && sscanf(line, "Rss: %lu", &kib) != 1) {
    }
    fclose(file);
    assert_true(kib > 0);
    return kib * KIB;
}

static void fill_blocks(void)
{
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = call.malloc(SIZE);
        assert_non_null(blocks[i]);
        api_fill(blocks[i], SIZE, i);
    }
}

static void malloc_trim_after_free_returns_one_and_lowers_rss(void **state)
{
    (void)state;
    size_t before = resident_bytes();
    fill_blocks();
    size_t full = resident_bytes();
    assert_in_range(full - before, (size_t)COUNT * SIZE * 9 / 10, SIZE_MAX / 2);
    for (size_t i = 0; i < COUNT; i++)
        call.free(blocks[i]);
    // The memory may already be on its way back; trimming has work to do in either case, since
    // the newest of it is kept at hand.
    assert_int_equal(malloc_trim(0), 1);
    assert_in_range(resident_bytes(), 0, before + (full - before) / 50 + MIB);
}

static void malloc_trim_leaves_live_blocks_alone(void **state)
{
    (void)state;
    fill_blocks();
    for (size_t i = 0; i < COUNT; i++) {
        if (i % 5000 != 0)
            call.free(blocks[i]);
    }
    malloc_trim(0);
    for (size_t i = 0; i < COUNT; i += 5000) {
        assert_true(api_holds(blocks[i], SIZE, i));
        call.free(blocks[i]);
    }
    fill_blocks();
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(api_holds(blocks[i], SIZE, i));
        call.free(blocks[i]);
    }
}

static void malloc_trim_gives_a_freed_huge_block_back(void **state)
{
    (void)state;
    size_t before = resident_bytes();
    unsigned char *huge = call.malloc((size_t)128 * MIB);
    assert_non_null(huge);
    memset(huge, 1, (size_t)128 * MIB);
    assert_in_range(resident_bytes() - before, (size_t)100 * MIB, SIZE_MAX / 2); // the system may swap
    call.free(huge);
    malloc_trim(0);
    assert_in_range(resident_bytes(), 0, before + 2 * MIB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malloc_trim_after_free_returns_one_and_lowers_rss),
        cmocka_unit_test(malloc_trim_leaves_live_blocks_alone),
        cmocka_unit_test(malloc_trim_gives_a_freed_huge_block_back),
    };

    return cmocka_run_group_tests_name("malloc_trim", tests, NULL, NULL);
}
