// SPDX-License-Identifier: MIT
// Scopes: blocks until the next release, how the pieces grow and what a release keeps.
#include "ikyoalloc/scope.h"

#include "core.h"
#include "counted.h"

enum { KEPT = 500, ROUNDS = 200, RECORD = 2 * sizeof(void *) };

static struct ikyo_scope *new_scope(size_t first)
{
    struct ikyo_scope *scope = ikyo_scope_create(first, &counted_from);

    require(scope != NULL);
    return scope;
}

static void bad_arguments_are_refused(void)
{
    struct ikyo_scope *scope = new_scope(0);

    require(ikyo_scope_create(SIZE_MAX, &counted_from) == NULL);
    require(ikyo_scope_create(SIZE_MAX / 2 + 1, &counted_from) == NULL);
    for (int again = 0; again < 2; again++) {
        require(ikyo_scope_alloc(scope, 8, 0) == NULL);
        require(ikyo_scope_alloc(scope, 0, 0) == NULL);
        require(ikyo_scope_alloc(scope, 8, 3) == NULL);
        require(ikyo_scope_alloc(scope, 8, SIZE_MAX) == NULL);
        require(ikyo_scope_alloc(scope, 8, SIZE_MAX / 2 + 1) == NULL);
        require(ikyo_scope_alloc(scope, SIZE_MAX, 1) == NULL);
        require(ikyo_scope_alloc(scope, SIZE_MAX - 30, 16) == NULL);
        require(ikyo_scope_alloc(scope, SIZE_MAX / 2, 16) == NULL);
        require_equal(ikyo_scope_stats(scope).used, again);
        require(ikyo_scope_alloc(scope, 1, 1) != NULL);
    }
    require_equal(ikyo_scope_stats(NULL).bytes, 0);
    ikyo_scope_destroy(NULL);
    ikyo_scope_destroy(scope);
    counted_require_empty();
}

static void blocks_follow_each_other_without_a_gap(void)
{
    struct ikyo_scope *scope = new_scope(0);
    char *a = ikyo_scope_alloc(scope, 5, 16), *b = ikyo_scope_alloc(scope, 3, 1);

    require(a != NULL && b == a + 5);
    require(ikyo_scope_alloc(scope, 16, 16) == a + 16);
    // A piece itself is aligned for every type, which may be less.
    require(ikyo_scope_stats(scope).used >= 32 && ikyo_scope_stats(scope).used < 32 + 16);
    require_equal(ikyo_scope_stats(scope).pieces, 1);
    ikyo_scope_destroy(scope);
    counted_require_empty();
}

static void blocks_of_no_bytes_are_distinct(void)
{
    struct ikyo_scope *scope = new_scope(0);
    char *a = ikyo_scope_alloc(scope, 0, 8), *b = ikyo_scope_alloc(scope, 0, 8);

    require(a != NULL && b != NULL && a != b);
    require(ikyo_scope_alloc(scope, 8, 8) != b);
    ikyo_scope_destroy(scope);
    counted_require_empty();
}

static void every_alignment_is_met(void)
{
    struct ikyo_scope *scope = new_scope(0);

    for (size_t alignment = 1; alignment <= 1 << 20; alignment *= 2)
        for (size_t size = 1; size < 3000; size = size * 3 + 1) {
            char *p = ikyo_scope_alloc(scope, size, alignment);

            require(p != NULL);
            require_equal((uintptr_t)p % alignment, 0);
            memset(p, 1, size);
        }
    ikyo_scope_destroy(scope);
    counted_require_empty();
}

static void pieces_double_up_to_the_bound(void)
{
    struct ikyo_scope *scope = new_scope(0);
    size_t expected = 4096;

    for (int piece = 0; piece < 12; piece++) {
        size_t calls = counted.calls;

        while (counted.calls == calls)
            require(ikyo_scope_alloc(scope, 100, 4) != NULL);
        require_equal(counted.last, expected);
        expected = expected < 1 << 20 ? 2 * expected : 1 << 20;
    }
    require_equal(ikyo_scope_stats(scope).pieces, 12);
    ikyo_scope_destroy(scope);
    counted_require_empty();
}

static void first_piece_is_as_large_as_asked(void)
{
    static const size_t rows[][3] = {
        {1, 256, 512}, {300, 300, 600}, {4 << 20, 4 << 20, 4 << 20}, {700000, 700000, 1 << 20}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ikyo_scope *scope = new_scope(rows[i][0]);

        require_equal(counted.blocks, 1);
        for (size_t piece = 1; piece <= 2; piece++) {
            size_t calls = counted.calls;

            while (counted.calls == calls)
                require(ikyo_scope_alloc(scope, 64, 1) != NULL);
            require_equal(counted.last, rows[i][piece]);
        }
        ikyo_scope_destroy(scope);
        counted_require_empty();
    }
}

static void piece_is_used_to_its_last_byte(void)
{
    struct ikyo_scope *scope = new_scope(4096);
    size_t calls;

    require(ikyo_scope_alloc(scope, 1000, 1) != NULL);
    calls = counted.calls;
    require(ikyo_scope_alloc(scope, 4096 - RECORD - 1000, 1) != NULL);
    require_equal(counted.calls, calls);
    require(ikyo_scope_alloc(scope, 1, 1) != NULL);
    require_equal(counted.calls, calls + 1);
    ikyo_scope_destroy(scope);
    counted_require_empty();
}

static void larger_block_has_a_piece_of_its_own(void)
{
    struct ikyo_scope *scope = new_scope(0);
    char *before = ikyo_scope_alloc(scope, 8, 8), *large = ikyo_scope_alloc(scope, 5 << 20, 64);

    require(large != NULL && (uintptr_t)large % 64 == 0);
    memset(large, 1, 5 << 20);
    require(ikyo_scope_alloc(scope, 8, 8) == before + 8);
    require_equal(ikyo_scope_stats(scope).pieces, 2);
    require_equal(ikyo_scope_stats(scope).used, 16 + (5 << 20));
    require_equal(ikyo_scope_stats(scope).bytes, counted.bytes - counted.size[0]);
    ikyo_scope_release_all(scope);
    require_equal(ikyo_scope_stats(scope).pieces, 1);
    require(ikyo_scope_alloc(scope, 8, 8) == before);
    ikyo_scope_destroy(scope);
    counted_require_empty();
}

static void release_keeps_a_bounded_piece(void)
{
    static const size_t rows[][2] = {{0, 64 << 10}, {300000, 300000}, {100, 64 << 10}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ikyo_scope *scope = new_scope(rows[i][0]);

        ikyo_scope_release_all(scope);
        for (int n = 0; n < 100000; n++)
            require(ikyo_scope_alloc(scope, 30, 2) != NULL);
        for (int again = 0; again < 2; again++) {
            struct ikyo_scope_figures stats;

            ikyo_scope_release_all(scope);
            stats = ikyo_scope_stats(scope);
            require_equal(stats.used, 0);
            require_equal(stats.pieces, 1);
            require(stats.bytes <= rows[i][1] && stats.bytes > rows[i][1] / 2);
            require_equal(counted.blocks, 2);
        }
        // The next request of the bound's size asks for nothing.
        counted.left = 0;
        require(ikyo_scope_alloc(scope, ikyo_scope_stats(scope).bytes - RECORD, 1) != NULL);
        require(ikyo_scope_alloc(scope, 1, 1) == NULL);
        counted.left = SIZE_MAX;
        ikyo_scope_destroy(scope);
        counted_require_empty();
    }
}

static void refused_memory_is_null_and_the_scope_as_before(void)
{
    struct ikyo_scope *scope;
    struct ikyo_scope_figures before, after;
    char *p;

    counted.left = 0;
    require(ikyo_scope_create(0, &counted_from) == NULL);
    counted.left = 2;
    scope = new_scope(0);
    p = ikyo_scope_alloc(scope, 100, 1);
    require(p != NULL);
    before = ikyo_scope_stats(scope);
    require(ikyo_scope_alloc(scope, 5000, 8) == NULL);
    require(ikyo_scope_alloc(scope, 1 << 20, 8) == NULL);
    after = ikyo_scope_stats(scope);
    require(memcmp(&before, &after, sizeof(before)) == 0);
    require(ikyo_scope_alloc(scope, 100, 1) == p + 100);
    counted.left = SIZE_MAX;
    require(ikyo_scope_alloc(scope, 5000, 8) != NULL);
    require(core_reads_only(p, 100, (char)0xa5));
    ikyo_scope_destroy(scope);
    counted_require_empty();
}

static void allocator_is_the_scope_and_frees_nothing(void)
{
    struct ikyo_scope *scope = new_scope(0);
    struct ikyo_allocator a = ikyo_scope_allocator(scope);
    char *p = ikyo_allocate(&a, 10, 8), *q;

    require(p != NULL);
    ikyo_deallocate(&a, p, 10);
    ikyo_deallocate(&a, NULL, 10);
    q = ikyo_allocate(&a, 10, 8);
    require(q == p + 16);
    require(ikyo_allocate(&a, 10, 7) == NULL);
    require(ikyo_allocate(&a, 10, 0) == NULL);
    ikyo_scope_destroy(scope);
    counted_require_empty();
}

static void memory_comes_from_the_global_allocator_by_default(void)
{
    struct ikyo_scope *scope = ikyo_scope_create(0, NULL);

    require(scope != NULL);
    for (int i = 0; i < 10000; i++) {
        char *p = ikyo_scope_alloc(scope, 100, 8);

        require(p != NULL);
        memset(p, 1, 100);
    }
    ikyo_scope_release_all(scope);
    ikyo_scope_destroy(scope);
    require_equal(counted.calls, 0);
}

static size_t random_size(struct core_random *r)
{
    switch (core_random_below(r, 50)) {
    case 0:
        return core_random_below(r, 100000);
    case 1:
    case 2:
        return core_random_below(r, 5000);
    default:
        return core_random_below(r, 200);
    }
}

// Requests of any shape: all that is handed out keeps its contents until the release.
static void random_requests_keep_their_blocks_apart(void)
{
    struct core_random r = core_random_start();
    struct ikyo_scope *scope = new_scope(core_random_below(&r, 10000));
    static struct {
        char *p;
        size_t size;
    } block[KEPT];

    for (int round = 0; round < ROUNDS; round++) {
        size_t count = core_random_below(&r, KEPT), used = 0;

        for (size_t i = 0; i < count; i++) {
            size_t alignment = (size_t)1 << core_random_below(&r, i % 20 ? 5 : 13);

            block[i].size = random_size(&r);
            block[i].p = ikyo_scope_alloc(scope, block[i].size, alignment);
            require(block[i].p != NULL);
            require_equal((uintptr_t)block[i].p % alignment, 0);
            memset(block[i].p, (int)i, block[i].size);
            used += block[i].size;
        }
        for (size_t i = 0; i < count; i++)
            require(core_reads_only(block[i].p, block[i].size, (char)i));
        require(ikyo_scope_stats(scope).used >= used);
        require(ikyo_scope_stats(scope).bytes >= ikyo_scope_stats(scope).used);
        require_equal(ikyo_scope_stats(scope).pieces, counted.blocks - 1);
        ikyo_scope_release_all(scope);
        require(counted.bytes <= (64 << 10) + 1000);
    }
    ikyo_scope_destroy(scope);
    counted_require_empty();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(bad_arguments_are_refused),
        alone(blocks_follow_each_other_without_a_gap),
        alone(blocks_of_no_bytes_are_distinct),
        alone(every_alignment_is_met),
        alone(pieces_double_up_to_the_bound),
        alone(first_piece_is_as_large_as_asked),
        alone(piece_is_used_to_its_last_byte),
        alone(larger_block_has_a_piece_of_its_own),
        alone(release_keeps_a_bounded_piece),
        alone(refused_memory_is_null_and_the_scope_as_before),
        alone(allocator_is_the_scope_and_frees_nothing),
        alone(memory_comes_from_the_global_allocator_by_default),
        alone(random_requests_keep_their_blocks_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
