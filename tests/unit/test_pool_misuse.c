// SPDX-License-Identifier: MIT
// Objects given to a checked pool that must not be: each is refused by a value, and the pool is
// as before.
#include "ikyoalloc/pool.h"

#include "core.h"
#include "counted.h"

enum { OBJECTS = 300, STEPS = 20000 };

// The compiler warns of some of these misuses where it sees them.
static enum ikyo_pool_result (*const volatile give)(struct ikyo_pool *, void *) = ikyo_pool_give;

static struct ikyo_pool *new_pool(size_t size, size_t alignment, size_t capacity)
{
    struct ikyo_pool *pool = ikyo_pool_create_checked(size, alignment, capacity, &counted_from);

    require(pool != NULL);
    return pool;
}

// Every misuse is tried with a pool of each kind, of which some objects are held.
static void with_pools(void (*misuse)(struct ikyo_pool *pool, char **object))
{
    static const size_t rows[][3] = {{8, 8, 0}, {40, 1, 0}, {40, 64, OBJECTS}, {3000, 16, 0}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ikyo_pool *pool = new_pool(rows[i][0], rows[i][1], rows[i][2]);
        char *object[OBJECTS];

        for (int n = 0; n < OBJECTS; n++)
            require((object[n] = ikyo_pool_take(pool)) != NULL);
        misuse(pool, object);
        ikyo_pool_destroy(pool);
        counted_require_empty();
    }
}

static void give_twice(struct ikyo_pool *pool, char **object)
{
    for (int i = 0; i < OBJECTS; i++) {
        require_equal(give(pool, object[i]), IKYO_POOL_OK);
        require_equal(give(pool, object[i]), IKYO_POOL_NOT_TAKEN);
        require_equal(give(pool, object[i / 2]), IKYO_POOL_NOT_TAKEN);
        require_equal(ikyo_pool_stats(pool).live, OBJECTS - 1 - i);
    }
    for (int i = OBJECTS - 1; i >= 0; i--)
        require(ikyo_pool_take(pool) == object[i]);
}

static void object_given_twice_is_refused(void)
{
    with_pools(give_twice);
}

static void give_inside(struct ikyo_pool *pool, char **object)
{
    require_equal(give(pool, object[0] + 1), IKYO_POOL_FOREIGN);
    require_equal(give(pool, object[OBJECTS - 1] + 7), IKYO_POOL_FOREIGN);
    require_equal(ikyo_pool_stats(pool).live, OBJECTS);
}

static void inside_of_an_object_is_foreign(void)
{
    with_pools(give_inside);
}

static void give_foreign(struct ikyo_pool *pool, char **object)
{
    struct ikyo_pool *other = new_pool(40, 8, 0);
    void *block = malloc(40), *others = ikyo_pool_take(other);
    void *local;

    (void)object;
    require_equal(give(pool, &local), IKYO_POOL_FOREIGN);
    require_equal(give(pool, block), IKYO_POOL_FOREIGN);
    require_equal(give(pool, others), IKYO_POOL_FOREIGN);
    require_equal(give(pool, (void *)(uintptr_t)8), IKYO_POOL_FOREIGN);
    require_equal(give(pool, (void *)(UINTPTR_MAX - 7)), IKYO_POOL_FOREIGN);
    require_equal(give(other, object[0]), IKYO_POOL_FOREIGN);
    require_equal(ikyo_pool_stats(pool).live, OBJECTS);
    require_equal(ikyo_pool_stats(other).live, 1);
    free(block);
    ikyo_pool_destroy(other);
}

static void memory_of_others_is_foreign(void)
{
    with_pools(give_foreign);
}

static void give_record(struct ikyo_pool *pool, char **object)
{
    for (size_t i = 0; i < counted.blocks; i++) {
        char *end = (char *)counted.block[i] + counted.size[i];

        // Where the piece's record begins, and past its block.
        if ((void *)pool != counted.block[i])
            require_equal(give(pool, end - sizeof(void *)), IKYO_POOL_FOREIGN);
        require_equal(give(pool, end), IKYO_POOL_FOREIGN);
    }
    require_equal(give(pool, pool), IKYO_POOL_FOREIGN);
    require(object[0] != NULL);
}

static void records_of_the_pool_are_foreign(void)
{
    with_pools(give_record);
}

static void object_that_was_never_taken_is_refused(void)
{
    struct ikyo_pool *pool = new_pool(64, 16, 10);
    char *first = ikyo_pool_take(pool), *never = first + 5 * 64;

    require_equal(give(pool, never), IKYO_POOL_NOT_TAKEN);
    for (int i = 1; i < 10; i++)
        require(ikyo_pool_take(pool) == first + 64 * i);
    require_equal(give(pool, never), IKYO_POOL_OK);
    ikyo_pool_destroy(pool);
    counted_require_empty();
}

static void give_after_reset(struct ikyo_pool *pool, char **object)
{
    ikyo_pool_reset(pool);
    for (int i = 0; i < OBJECTS; i++) {
        enum ikyo_pool_result result = give(pool, object[i]);

        // Some of the pieces are gone.
        require(result == IKYO_POOL_NOT_TAKEN || result == IKYO_POOL_FOREIGN);
    }
    require_equal(give(pool, object[OBJECTS - 1]), IKYO_POOL_NOT_TAKEN);
    require_equal(ikyo_pool_stats(pool).live, 0);
}

static void object_from_before_a_reset_is_refused(void)
{
    with_pools(give_after_reset);
}

// Anything in and around the pool's memory is given; a model knows what must be accepted.
static void random_gives_are_judged_as_the_model_says(void)
{
    struct core_random r = core_random_start();
    struct ikyo_pool *pool = new_pool(24, 8, OBJECTS);
    bool held[OBJECTS + 2] = {false};
    char *first = ikyo_pool_take(pool);
    size_t live = 1;

    held[0] = true;
    for (int step = 0; step < STEPS; step++) {
        size_t offset = core_random_below(&r, 24 * (OBJECTS + 2)), at = offset / 24;
        enum ikyo_pool_result expected = IKYO_POOL_FOREIGN;
        char *p;

        if (core_random_below(&r, 2) == 0 && (p = ikyo_pool_take(pool)) != NULL) {
            require(!held[(p - first) / 24]);
            held[(p - first) / 24] = true;
            live++;
        }
        if (core_random_below(&r, 4) != 0)
            offset = at * 24;
        if (offset % 24 == 0 && at < OBJECTS)
            expected = held[at] ? IKYO_POOL_OK : IKYO_POOL_NOT_TAKEN;
        require_equal(give(pool, first + offset), expected);
        if (expected == IKYO_POOL_OK) {
            held[at] = false;
            live--;
        }
        require_equal(ikyo_pool_stats(pool).live, live);
    }
    ikyo_pool_destroy(pool);
    counted_require_empty();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(object_given_twice_is_refused),
        alone(inside_of_an_object_is_foreign),
        alone(memory_of_others_is_foreign),
        alone(records_of_the_pool_are_foreign),
        alone(object_that_was_never_taken_is_refused),
        alone(object_from_before_a_reset_is_refused),
        alone(random_gives_are_judged_as_the_model_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
