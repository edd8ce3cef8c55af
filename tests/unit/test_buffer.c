// SPDX-License-Identifier: MIT
// Buffers, with elements of a type and of a size: what they hold, who owns it, what they refuse.
#include "ikyoalloc/arena.h"
#include "ikyoalloc/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct vertex {
    float position[3];
    _Alignas(32) double weight;
};

IKYO_BUFFER(vertices, struct vertex);
IKYO_BUFFER(names, const char *);

// An allocator that counts what is out, and says no when told to.
static struct counter {
    int blocks;
    size_t bytes;
    bool refuse;
} counter;

static void *counted_allocate(void *context, size_t size, size_t alignment)
{
    struct counter *c = context;

    if (c->refuse)
        return NULL;
    c->blocks++;
    c->bytes += size;
    return ikyo_allocate(NULL, size, alignment);
}

static void counted_deallocate(void *context, void *block, size_t size)
{
    struct counter *c = context;

    c->blocks--;
    c->bytes -= size;
    ikyo_deallocate(NULL, block, size);
}

static const struct ikyo_allocator counted = {counted_allocate, counted_deallocate, &counter};

static int forget(void **state)
{
    (void)state;
    counter = (struct counter){0};
    return 0;
}

static void elements_have_their_place_and_alignment(void **state)
{
    (void)state;
    for (size_t alignment = 1; alignment <= 65536; alignment *= 2) {
        struct ikyo_buffer buffer;

        assert_true(ikyo_buffer_create(&buffer, 100, 24, alignment, NULL));
        assert_int_equal((uintptr_t)buffer.data % alignment, 0);
        assert_int_equal(buffer.count, 100);
        assert_ptr_equal(ikyo_buffer_at(&buffer, 0), buffer.data);
        assert_ptr_equal(ikyo_buffer_at(&buffer, 99), (char *)buffer.data + 99 * 24);
        assert_null(ikyo_buffer_at(&buffer, 100));
        assert_null(ikyo_buffer_at(&buffer, SIZE_MAX));
        memset(buffer.data, 1, 2400);
        ikyo_buffer_destroy(&buffer);
    }
}

// The largest size that is not refused at once, but where memory may have room for that.
#define LARGEST (sizeof(size_t) == 4 ? SIZE_MAX : SIZE_MAX / 2)

static void create_refuses_what_cannot_be(void **state)
{
    static const struct {
        size_t count, size, alignment;
    } rows[] = {
        {10, 8, 0},       {10, 8, 3},        {10, 8, SIZE_MAX},    {10, 0, 8},
        {0, 0, 8},        {0, 8, 0},         {SIZE_MAX, 2, 1},     {SIZE_MAX / 8 + 2, 8, 8},
        {2, SIZE_MAX, 1}, {1, SIZE_MAX, 16}, {LARGEST, 1, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ikyo_buffer buffer = {.data = &buffer, .count = 7};

        assert_false(
            ikyo_buffer_create(&buffer, rows[i].count, rows[i].size, rows[i].alignment, NULL));
        assert_null(buffer.data);
        assert_int_equal(buffer.count, 0);
        ikyo_buffer_destroy(&buffer);
    }
}

static void refused_memory_leaves_an_empty_buffer(void **state)
{
    struct vertices buffer;

    (void)state;
    counter.refuse = true;
    assert_false(vertices_create(&buffer, 10, &counted));
    assert_null(vertices_data(&buffer));
    assert_int_equal(vertices_count(&buffer), 0);
    assert_null(vertices_at(&buffer, 0));
    vertices_destroy(&buffer);
    assert_int_equal(counter.blocks, 0);
}

static void buffer_of_none_asks_for_nothing(void **state)
{
    struct ikyo_buffer buffer;

    (void)state;
    counter.refuse = true;
    assert_true(ikyo_buffer_create(&buffer, 0, 8, 8, &counted));
    assert_null(buffer.data);
    assert_null(ikyo_buffer_at(&buffer, 0));
    ikyo_buffer_destroy(&buffer);
    ikyo_buffer_destroy(NULL);
    assert_int_equal(counter.blocks, 0);
}

static void destroy_gives_back_what_create_took(void **state)
{
    struct ikyo_buffer buffer;

    (void)state;
    assert_true(ikyo_buffer_create(&buffer, 100, 12, 4, &counted));
    assert_int_equal(counter.blocks, 1);
    assert_int_equal(counter.bytes, 1200);
    ikyo_buffer_destroy(&buffer);
    assert_int_equal(counter.blocks, 0);
    assert_int_equal(counter.bytes, 0);
    assert_null(buffer.data);
    ikyo_buffer_destroy(&buffer);
    assert_int_equal(counter.blocks, 0);
}

static void buffer_of_zeroes_is_empty(void **state)
{
    struct vertices buffer = {0};

    (void)state;
    assert_null(vertices_at(&buffer, 0));
    assert_int_equal(vertices_count(&buffer), 0);
    vertices_destroy(&buffer);
}

static void typed_buffer_has_elements_of_its_type(void **state)
{
    struct vertices buffer;
    struct names texts;

    (void)state;
    assert_true(vertices_create(&buffer, 1000, NULL));
    assert_true(names_create(&texts, 2, NULL));
    assert_int_equal((uintptr_t)vertices_data(&buffer) % 32, 0);
    for (size_t i = 0; i < vertices_count(&buffer); i++)
        vertices_at(&buffer, i)->weight = (double)i;
    for (size_t i = 0; i < 1000; i++)
        assert_true(vertices_data(&buffer)[i].weight == (double)i);
    assert_null(vertices_at(&buffer, 1000));
    *names_at(&texts, 1) = "second";
    assert_string_equal(names_data(&texts)[1], "second");
    vertices_destroy(&buffer);
    names_destroy(&texts);
}

static void moved_buffer_has_one_owner(void **state)
{
    struct vertices buffer, owner;

    (void)state;
    assert_true(vertices_create(&buffer, 10, &counted));
    vertices_at(&buffer, 3)->weight = 3;
    owner = vertices_move(&buffer);
    assert_null(vertices_data(&buffer));
    assert_int_equal(vertices_count(&buffer), 0);
    assert_true(vertices_at(&owner, 3)->weight == 3);
    vertices_destroy(&buffer);
    assert_int_equal(counter.blocks, 1);
    vertices_destroy(&owner);
    assert_int_equal(counter.blocks, 0);
}

static void buffer_of_an_arena_lies_in_it(void **state)
{
    struct ikyo_arena *arena = ikyo_arena_create(1 << 20);
    struct ikyo_allocator allocator = ikyo_arena_allocator(arena);
    struct vertices buffer;

    (void)state;
    assert_true(vertices_create(&buffer, 100, &allocator));
    assert_true(ikyo_arena_mark(arena) >= 100 * sizeof(struct vertex));
    vertices_destroy(&buffer);
    assert_false(vertices_create(&buffer, 1 << 20, &allocator));
    ikyo_arena_destroy(arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_have_their_place_and_alignment),
        cmocka_unit_test(create_refuses_what_cannot_be),
        cmocka_unit_test_setup(refused_memory_leaves_an_empty_buffer, forget),
        cmocka_unit_test_setup(buffer_of_none_asks_for_nothing, forget),
        cmocka_unit_test_setup(destroy_gives_back_what_create_took, forget),
        cmocka_unit_test(buffer_of_zeroes_is_empty),
        cmocka_unit_test(typed_buffer_has_elements_of_its_type),
        cmocka_unit_test_setup(moved_buffer_has_one_owner, forget),
        cmocka_unit_test(buffer_of_an_arena_lies_in_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
