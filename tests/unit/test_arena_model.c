// SPDX-License-Identifier: MIT
// Random calls of an arena beside a model of one: a number, and a list of blocks. Every address,
// every refusal and every figure is foretold, and no block changes but by its own writes.
// `test_arena_model SEED` repeats a run.
#include "ikyoalloc/arena.h"

#include "ikyoalloc/vm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { STEPS = 60000, BLOCKS = 4096, RESERVE = 2 << 20 };

struct block {
    unsigned char *at;
    size_t size;
    uintptr_t end;
    unsigned char fill;
};

static struct model {
    struct ikyo_arena *arena;
    uintptr_t bottom;
    size_t used, peak;
    struct block blocks[BLOCKS]; // the oldest first
    size_t count;
} model;

static uint64_t seed, random_state;

static uint64_t draw(uint64_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % below;
}

// Mostly small, sometimes as large as the arena, now and then as large as can be.
static size_t draw_size(void)
{
    switch (draw(64)) {
    case 0:
        return SIZE_MAX - draw(64);
    case 1:
        return draw(RESERVE + RESERVE / 8);
    case 2:
        return 0;
    default:
        return draw((size_t)1 << draw(14));
    }
}

static size_t draw_alignment(void)
{
    if (draw(32) == 0)
        return (size_t)draw(100);
    return (size_t)1 << draw(draw(16) == 0 ? sizeof(size_t) * 8 : 8);
}

static bool is_power_of_two(size_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

static void step_alloc(void)
{
    size_t size = draw_size(), alignment = draw_alignment();
    unsigned char *at = ikyo_arena_alloc(model.arena, size, alignment);
    uintptr_t next = model.bottom + model.used, top = model.bottom + RESERVE;
    bool may_fit = is_power_of_two(alignment) && alignment <= top;
    uintptr_t start = may_fit ? (next + alignment - 1) / alignment * alignment : 0;

    if (start == 0 || start > top || size > top - start) {
        assert_null(at);
        return;
    }
    assert_int_equal((uintptr_t)at, start);
    model.used = start + size - model.bottom;
    if (model.used > model.peak)
        model.peak = model.used;
    if (model.count == BLOCKS)
        return;
    model.blocks[model.count] = (struct block){at, size, start + size, (unsigned char)draw(256)};
    memset(at, model.blocks[model.count].fill, size);
    model.count++;
}

static bool is_filled(const struct block *b)
{
    return b->size == 0 || (b->at[0] == b->fill && memcmp(b->at, b->at + 1, b->size - 1) == 0);
}

static void check(void)
{
    struct ikyo_arena_figures stats = ikyo_arena_stats(model.arena);

    for (size_t i = 0; i < model.count; i++)
        assert_true(is_filled(&model.blocks[i]));
    assert_int_equal(stats.used, model.used);
    assert_int_equal(stats.peak, model.peak);
    assert_int_equal(stats.reserved, RESERVE);
    assert_true(stats.committed >= stats.used && stats.committed <= RESERVE);
    assert_int_equal(ikyo_arena_mark(model.arena), model.used);
}

static void step_rewind(void)
{
    size_t mark = draw(model.used + model.used / 16 + 1);

    check();
    assert_int_equal(ikyo_arena_rewind(model.arena, mark), mark <= model.used);
    if (mark > model.used)
        return;
    model.used = mark;
    while (model.count > 0 && model.blocks[model.count - 1].end > model.bottom + mark)
        model.count--;
}

static void step_reset(void)
{
    check();
    ikyo_arena_reset(model.arena);
    model.used = model.count = 0;
    assert_true(ikyo_arena_stats(model.arena).committed <= RESERVE / 2);
}

static void step_trim(void)
{
    ikyo_arena_trim(model.arena);
    assert_true(ikyo_arena_stats(model.arena).committed - model.used < ikyo_vm_page_size());
    check();
}

static void arena_does_as_its_model(void **state)
{
    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    random_state = seed;
    model.arena = ikyo_arena_create(RESERVE);
    assert_non_null(model.arena);
    model.bottom = (uintptr_t)ikyo_arena_alloc(model.arena, 0, 1);
    for (int i = 0; i < STEPS; i++) {
        switch (draw(256)) {
        case 0:
            step_reset();
            break;
        case 1:
            step_trim();
            break;
        case 2:
        case 3:
        case 4:
            step_rewind();
            break;
        default:
            step_alloc();
        }
    }
    check();
    ikyo_arena_destroy(model.arena);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_does_as_its_model),
    };

    seed = argc == 2 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
