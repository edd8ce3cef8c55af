// SPDX-License-Identifier: MIT
// ikyo_stats_get and its printed forms: every byte is counted once, every block exactly.
#include "api.h"

#include "ikyoalloc/ikyoalloc.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

enum { COUNT = 5000 };

static struct ikyo_stats stats_now(void)
{
    struct ikyo_stats stats;

    assert_true(ikyo_stats_get(&stats, sizeof(stats)));
    return stats;
}

// Nothing else allocates in between: cmocka is silent while its assertions hold.
static void assert_every_byte_is_counted_once(void)
{
    struct ikyo_stats stats = stats_now();

    assert_int_equal(stats.committed_bytes,
                     stats.live_bytes + stats.cached_bytes + stats.uncarved_bytes +
                         stats.dirty_free_bytes + stats.clean_free_bytes +
                         stats.huge_cached_bytes + stats.metadata_bytes);
    assert_in_range(stats.committed_bytes, stats.live_bytes, stats.reserved_bytes);
    assert_in_range(stats.peak_committed_bytes, stats.committed_bytes, SIZE_MAX);
    assert_int_equal(stats.allocations - stats.frees, stats.live_blocks);
    assert_in_range(stats.large_blocks + stats.huge_blocks, 0, stats.live_blocks);
    assert_in_range(stats.large_bytes + stats.huge_bytes, 0, stats.live_bytes);
}

static size_t mixed_size(size_t i)
{
    return i % 500 == 0 ? 40 * MIB : i % 50 == 0 ? i * 300 : i % 9 == 0 ? i * 4 : i % 700;
}

static void allocate_mixed(void **blocks)
{
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = call.malloc(mixed_size(i));
        assert_non_null(blocks[i]);
    }
}

static void *free_mixed(void *argument)
{
    void **blocks = argument;

    for (size_t i = 0; i < COUNT; i++)
        call.free(blocks[i]);
    return NULL;
}

static void *allocate_in_thread(void *argument)
{
    allocate_mixed(argument);
    return NULL;
}

static void run(void *(*work)(void *), void *argument)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, work, argument), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void every_byte_is_counted_once_in_one_thread(void **state)
{
    static void *blocks[COUNT];

    (void)state;
    assert_every_byte_is_counted_once();
    for (int round = 0; round < 5; round++) {
        allocate_mixed(blocks);
        assert_every_byte_is_counted_once();
        for (size_t i = 0; i < COUNT; i += 2) {
            call.free(blocks[i]);
            blocks[i] = NULL;
        }
        assert_every_byte_is_counted_once();
        for (size_t i = 1; i < COUNT; i += 4)
            blocks[i] = call.realloc(blocks[i], mixed_size(i) * 3 + 1);
        assert_every_byte_is_counted_once();
        free_mixed(blocks);
        assert_every_byte_is_counted_once();
        malloc_trim(0);
        assert_every_byte_is_counted_once();
    }
}

static void every_byte_is_counted_once_after_threads_ended(void **state)
{
    static void *blocks[COUNT];

    (void)state;
    for (int round = 0; round < 5; round++) {
        run(allocate_in_thread, blocks);
        assert_every_byte_is_counted_once();
        free_mixed(blocks);
        assert_every_byte_is_counted_once();
        allocate_mixed(blocks);
        run(free_mixed, blocks);
        assert_every_byte_is_counted_once();
    }
}

static void allocations_and_frees_are_counted_exactly(void **state)
{
    static const size_t sizes[] = { 0, 16, 100, 1024, 1025, 30000, 100000, 3000000, 40000000 };

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        void *blocks[100];
        size_t count = sizes[i] > MIB ? 5 : 100;
        struct ikyo_stats before = stats_now();
        for (size_t j = 0; j < count; j++)
            blocks[j] = call.malloc(sizes[i]);
        struct ikyo_stats during = stats_now();
        for (size_t j = 0; j < count; j++)
            call.free(blocks[j]);
        struct ikyo_stats after = stats_now();
        assert_int_equal(during.allocations, before.allocations + count);
        assert_int_equal(during.frees, before.frees);
        assert_int_equal(during.live_blocks, before.live_blocks + count);
        assert_in_range(during.live_bytes - before.live_bytes, count * sizes[i],
                        count * (sizes[i] + sizes[i] / 4 + ikyo_vm_page_size()));
        assert_int_equal(after.allocations, during.allocations);
        assert_int_equal(after.frees, before.frees + count);
        assert_int_equal(after.live_blocks, before.live_blocks);
        assert_int_equal(after.live_bytes, before.live_bytes);
    }
}

static void blocks_are_told_apart_by_their_kind(void **state)
{
    (void)state;
    struct ikyo_stats before = stats_now();
    void *small = call.malloc(100);
    void *large = call.malloc(200 * KIB);
    void *huge = call.malloc((size_t)50 * MIB);
    struct ikyo_stats during = stats_now();
    call.free(small);
    call.free(large);
    call.free(huge);

    assert_int_equal(during.live_blocks, before.live_blocks + 3);
    assert_int_equal(during.large_blocks, before.large_blocks + 1);
    assert_int_equal(during.huge_blocks, before.huge_blocks + 1);
    assert_in_range(during.large_bytes - before.large_bytes, 200 * KIB, 260 * KIB);
    assert_in_range(during.huge_bytes - before.huge_bytes, 50 * MIB, 51 * MIB);
}

static void memory_given_back_is_counted_as_decommitted(void **state)
{
    static void *blocks[COUNT];

    (void)state;
    struct ikyo_stats before = stats_now();
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = call.malloc(4000);
        assert_non_null(blocks[i]);
        memset(blocks[i], 1, 4000);
    }
    struct ikyo_stats full = stats_now();
    free_mixed(blocks);
    malloc_trim(0);
    struct ikyo_stats after = stats_now();

    assert_in_range(full.peak_committed_bytes, before.live_bytes + COUNT * 4000, SIZE_MAX);
    assert_in_range(after.decommit_bytes - before.decommit_bytes, COUNT * 4000 * 9 / 10, SIZE_MAX);
    assert_true(after.decommits > before.decommits);
    assert_in_range(after.dirty_free_bytes, 0, MIB);
}

static void stats_get_fills_what_the_caller_has_room_for(void **state)
{
    struct {
        struct ikyo_stats stats;
        uint64_t beyond[4];
    } wide;
    struct ikyo_stats narrow;

    (void)state;
    assert_false(ikyo_stats_get(NULL, sizeof(narrow)));
    assert_false(ikyo_stats_get(&narrow, sizeof(uint64_t) - 1));
    assert_false(ikyo_stats_get(&narrow, 0));

    memset(&narrow, 0xee, sizeof(narrow));
    assert_true(ikyo_stats_get(&narrow, 2 * sizeof(uint64_t)));
    assert_int_equal(narrow.version, IKYO_STATS_VERSION);
    assert_true(narrow.live_bytes != UINT64_C(0xeeeeeeeeeeeeeeee));
    assert_true(narrow.cached_bytes == UINT64_C(0xeeeeeeeeeeeeeeee));

    memset(&wide, 0xee, sizeof(wide));
    assert_true(ikyo_stats_get(&wide.stats, sizeof(wide)));
    assert_true(api_is_zero(wide.beyond, sizeof(wide.beyond)));
}

static void stats_json_is_one_object_with_every_figure(void **state)
{
    static const char *const names[] = { "live_bytes", "committed_bytes", "metadata_bytes",
                                         "allocations", "decommit_bytes", "threads",
                                         "pooled_caches" };
    static char text[16384];
    char shorter[40];

    (void)state;
    memset(text, 'x', sizeof(text));
    size_t length = ikyo_stats_json(text, sizeof(text));
    assert_in_range(length, 100, sizeof(text) - 1);
    assert_int_equal(strlen(text), length);
    assert_int_equal(text[0], '{');
    assert_non_null(strchr(text, '}'));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_non_null(strstr(text, names[i]));

    memset(shorter, 'x', sizeof(shorter));
    assert_in_range(ikyo_stats_json(shorter, 20), length - 40, length + 40);
    assert_int_equal(strlen(shorter), 19);
    assert_int_equal(shorter[20], 'x');
    assert_in_range(ikyo_stats_json(NULL, 0), length - 40, length + 40);
}

static void stats_print_writes_every_figure_to_the_descriptor(void **state)
{
    static char text[16384];
    FILE *file = tmpfile();

    (void)state;
    assert_non_null(file);
    ikyo_stats_print(fileno(file));
    rewind(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    assert_non_null(strstr(text, "committed_bytes"));
    assert_non_null(strstr(text, "pooled_caches"));
    assert_int_equal(text[strlen(text) - 1], '\n');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_counted_once_in_one_thread),
        cmocka_unit_test(every_byte_is_counted_once_after_threads_ended),
        cmocka_unit_test(allocations_and_frees_are_counted_exactly),
        cmocka_unit_test(blocks_are_told_apart_by_their_kind),
        cmocka_unit_test(memory_given_back_is_counted_as_decommitted),
        cmocka_unit_test(stats_get_fills_what_the_caller_has_room_for),
        cmocka_unit_test(stats_json_is_one_object_with_every_figure),
        cmocka_unit_test(stats_print_writes_every_figure_to_the_descriptor),
    };

    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
