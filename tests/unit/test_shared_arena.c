// SPDX-License-Identifier: MIT
// Shared arenas: what one thread sees is that of an arena, and what many take never overlaps.
#include "ikyoalloc/arena.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { KIB = 1024, MIB = 1024 * 1024, THREADS = 4, BLOCKS = 1 << 16 };

static void refuses_what_an_arena_refuses(void **state)
{
    struct ikyo_shared_arena *arena = ikyo_shared_arena_create(MIB);

    (void)state;
    assert_null(ikyo_shared_arena_create(0));
    assert_null(ikyo_shared_arena_create(SIZE_MAX));
    ikyo_shared_arena_destroy(NULL);
    assert_int_equal(ikyo_shared_arena_stats(NULL).reserved, 0);
    assert_null(ikyo_shared_arena_alloc(arena, 1, 0));
    assert_null(ikyo_shared_arena_alloc(arena, 1, 48));
    assert_null(ikyo_shared_arena_alloc(arena, 1, SIZE_MAX / 2 + 1));
    assert_null(ikyo_shared_arena_alloc(arena, MIB + 1, 1));
    assert_null(ikyo_shared_arena_alloc(arena, SIZE_MAX, 16));
    assert_int_equal(ikyo_shared_arena_stats(arena).used, 0);
    assert_non_null(ikyo_shared_arena_alloc(arena, MIB, 1));
    assert_null(ikyo_shared_arena_alloc(arena, 1, 1));
    ikyo_shared_arena_destroy(arena);
}

static void reset_keeps_a_mib_and_starts_again(void **state)
{
    struct ikyo_shared_arena *arena = ikyo_shared_arena_create(4 * MIB);
    char *first = ikyo_shared_arena_alloc(arena, 3 * MIB, 64);
    struct ikyo_arena_figures stats;

    (void)state;
    memset(first, 1, 3 * MIB);
    ikyo_shared_arena_reset(arena);
    stats = ikyo_shared_arena_stats(arena);
    assert_int_equal(stats.used, 0);
    assert_int_equal(stats.committed, MIB);
    assert_int_equal(stats.peak, 3 * MIB);
    assert_int_equal(stats.reserved, 4 * MIB);
    assert_ptr_equal(ikyo_shared_arena_alloc(arena, 3 * MIB, 64), first);
    assert_int_equal(first[MIB - 1], 1);
    assert_int_equal(first[MIB], 0);
    ikyo_shared_arena_destroy(arena);
}

static void allocator_serves_blocks_of_the_arena(void **state)
{
    struct ikyo_shared_arena *arena = ikyo_shared_arena_create(MIB);
    struct ikyo_allocator allocator = ikyo_shared_arena_allocator(arena);
    char *a = ikyo_allocate(&allocator, 0, 1), *b = ikyo_allocate(&allocator, 100, 128);

    (void)state;
    assert_true(a != NULL && b != NULL && b > a);
    assert_int_equal((uintptr_t)b % 128, 0);
    ikyo_deallocate(&allocator, b, 100);
    assert_true(ikyo_shared_arena_stats(arena).used > 100);
    assert_null(ikyo_allocate(&allocator, 1, 0));
    ikyo_shared_arena_destroy(arena);
}

// What each thread took, to be looked at when all have ended.
static struct worker {
    pthread_t thread;
    struct ikyo_shared_arena *arena;
    unsigned char id;
    bool alike; // blocks of 64 bytes only, else of random sizes
    size_t count;
    struct {
        unsigned char *at;
        size_t size;
    } blocks[BLOCKS];
} workers[THREADS];

static void *take_until_none_is_left(void *argument)
{
    struct worker *w = argument;
    uint64_t random = w->id + 1u;

    while (w->count < BLOCKS) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        size_t size = w->alike ? 64 : 1 + (random >> 40) % 500;
        size_t alignment = w->alike ? 64 : (size_t)1 << (random >> 60) % 8;
        unsigned char *at = ikyo_shared_arena_alloc(w->arena, size, alignment);

        if (at == NULL)
            break;
        if ((uintptr_t)at % alignment != 0)
            return w;
        memset(at, w->id, size);
        w->blocks[w->count].at = at;
        w->blocks[w->count++].size = size;
    }
    return NULL;
}

static bool holds_what_was_written(const struct worker *w)
{
    for (size_t i = 0; i < w->count; i++) {
        for (size_t n = 0; n < w->blocks[i].size; n++) {
            if (w->blocks[i].at[n] != w->id)
                return false;
        }
    }
    return true;
}

// Returns the bytes that all threads took together.
static size_t run_workers(struct ikyo_shared_arena *arena, bool alike)
{
    size_t bytes = 0;
    void *failed;

    for (int i = 0; i < THREADS; i++) {
        workers[i].arena = arena;
        workers[i].id = (unsigned char)(i + 1);
        workers[i].alike = alike;
        workers[i].count = 0;
        assert_int_equal(
            pthread_create(&workers[i].thread, NULL, take_until_none_is_left, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(workers[i].thread, &failed), 0);
        assert_null(failed);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_true(holds_what_was_written(&workers[i]));
        for (size_t n = 0; n < workers[i].count; n++)
            bytes += workers[i].blocks[n].size;
    }
    return bytes;
}

static void threads_take_every_byte_once(void **state)
{
    struct ikyo_shared_arena *arena = ikyo_shared_arena_create(8 * MIB);

    (void)state;
    for (int round = 0; round < 3; round++) {
        assert_int_equal(run_workers(arena, true), 8 * MIB);
        assert_int_equal(ikyo_shared_arena_stats(arena).used, 8 * MIB);
        assert_int_equal(ikyo_shared_arena_stats(arena).committed, 8 * MIB);
        ikyo_shared_arena_reset(arena);
    }
    ikyo_shared_arena_destroy(arena);
}

static void threads_take_blocks_that_do_not_overlap(void **state)
{
    struct ikyo_shared_arena *arena = ikyo_shared_arena_create(8 * MIB);
    size_t bytes = run_workers(arena, false);

    (void)state;
    assert_true(bytes > 6 * MIB);
    assert_true(ikyo_shared_arena_stats(arena).used >= bytes);
    ikyo_shared_arena_destroy(arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_an_arena_refuses),
        cmocka_unit_test(reset_keeps_a_mib_and_starts_again),
        cmocka_unit_test(allocator_serves_blocks_of_the_arena),
        cmocka_unit_test(threads_take_every_byte_once),
        cmocka_unit_test(threads_take_blocks_that_do_not_overlap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
