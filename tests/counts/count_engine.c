// SPDX-License-Identifier: MIT
// Loops of the calls that a program links the library for: count_engine KIND LOOPS.
//
// Blocks are taken a hundred at a time and then ended or given back, and the loop around them takes
// three or four instructions of each. The compiler sees the inline calls, as in a program.
#include "ikyoalloc/arena.h"
#include "ikyoalloc/heap.h"
#include "ikyoalloc/pool.h"
#include "ikyoalloc/scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 100, RESERVE = 1 << 20 };

// The compiler must not know them, nor drop a block.
static volatile size_t size = 48, alignment = 32;
static void *volatile last;

static void arena_constant(long loops)
{
    struct ikyo_arena *arena = ikyo_arena_create(RESERVE);

    for (long n = 0; n < loops; n += BATCH) {
        for (int i = 0; i < BATCH; i++)
            last = ikyo_arena_alloc(arena, 48, 16);
        ikyo_arena_rewind(arena, 0);
    }
}

static void arena_aligned(long loops)
{
    struct ikyo_arena *arena = ikyo_arena_create(RESERVE);
    size_t some = size, at = alignment;

    for (long n = 0; n < loops; n += BATCH) {
        for (int i = 0; i < BATCH; i++)
            last = ikyo_arena_alloc(arena, some, at);
        ikyo_arena_rewind(arena, 0);
    }
}

// One call after each block.
static void arena_reset(long loops)
{
    struct ikyo_arena *arena = ikyo_arena_create(RESERVE);

    for (long n = 0; n < loops; n++) {
        last = ikyo_arena_alloc(arena, 48, 16);
        ikyo_arena_reset(arena);
    }
}

static void frame_end(long loops)
{
    struct ikyo_frame_arena *frame = ikyo_frame_arena_create(RESERVE);

    for (long n = 0; n < loops; n++) {
        last = ikyo_frame_arena_alloc(frame, 48, 16);
        ikyo_frame_arena_end(frame);
    }
}

static void shared_arena(long loops)
{
    struct ikyo_shared_arena *arena = ikyo_shared_arena_create(RESERVE);

    for (long n = 0; n < loops; n += BATCH) {
        for (int i = 0; i < BATCH; i++)
            last = ikyo_shared_arena_alloc(arena, 48, 16);
        ikyo_shared_arena_reset(arena);
    }
}

static void scope(long loops)
{
    struct ikyo_scope *blocks = ikyo_scope_create(RESERVE, NULL);

    for (long n = 0; n < loops; n += BATCH) {
        for (int i = 0; i < BATCH; i++)
            last = ikyo_scope_alloc(blocks, 48, 16);
        ikyo_scope_release_all(blocks);
    }
}

static void pool(long loops)
{
    struct ikyo_pool *objects = ikyo_pool_create(48, 16, 0, NULL);
    void *block[BATCH];

    for (long n = 0; n < loops; n += BATCH) {
        for (int i = 0; i < BATCH; i++)
            block[i] = ikyo_pool_take(objects);
        for (int i = 0; i < BATCH; i++)
            ikyo_pool_give(objects, block[i]);
    }
}

// Objects that were never taken before.
static void pool_grown(long loops)
{
    struct ikyo_pool *objects = ikyo_pool_create(48, 16, 0, NULL);

    for (long n = 0; n < loops; n++)
        last = ikyo_pool_take(objects);
}

static void thread_pool(long loops)
{
    struct ikyo_thread_pool *objects = ikyo_thread_pool_create(48, 16, 0, NULL);
    void *block[BATCH];

    for (long n = 0; n < loops; n += BATCH) {
        for (int i = 0; i < BATCH; i++)
            block[i] = ikyo_thread_pool_take(objects);
        for (int i = 0; i < BATCH; i++)
            ikyo_thread_pool_give(objects, block[i]);
    }
}

static void heap_of(long loops, enum ikyo_heap_fit fit, bool defer)
{
    static char memory[RESERVE];
    const struct ikyo_heap_options options = {.fit = fit, .defer_joining = defer};
    struct ikyo_heap *heap = ikyo_heap_init(memory, sizeof memory, &options);
    void *block[BATCH];

    for (long n = 0; n < loops; n += BATCH) {
        for (int i = 0; i < BATCH; i++)
            block[i] = ikyo_heap_alloc(heap, 16 + (size_t)i * 7 % 500);
        for (int i = 0; i < BATCH; i++)
            ikyo_heap_free(heap, block[i * 37 % BATCH]);
    }
}

static void heap_best(long loops)
{
    heap_of(loops, IKYO_HEAP_BEST_FIT, false);
}

static void heap_first(long loops)
{
    heap_of(loops, IKYO_HEAP_FIRST_FIT, false);
}

static void heap_deferred(long loops)
{
    heap_of(loops, IKYO_HEAP_BEST_FIT, true);
}

static const struct kind {
    const char *name;
    void (*run)(long loops);
} kinds[] = {
    {"arena-48", arena_constant},
    {"arena-aligned", arena_aligned},
    {"arena-reset", arena_reset},
    {"frame-end", frame_end},
    {"shared-arena", shared_arena},
    {"scope-48", scope},
    {"pool-pair", pool},
    {"pool-grown", pool_grown},
    {"thread-pool-pair", thread_pool},
    {"heap-best", heap_best},
    {"heap-first", heap_first},
    {"heap-deferred", heap_deferred},
};

int main(int count, char **arguments)
{
    for (size_t i = 0; count == 3 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(arguments[1], kinds[i].name) == 0) {
            kinds[i].run(atol(arguments[2]));
            return 0;
        }
    }
    fprintf(stderr, "usage: count_engine KIND LOOPS\n");
    return 2;
}
