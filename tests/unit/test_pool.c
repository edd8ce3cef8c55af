// SPDX-License-Identifier: MIT
// Pools of one size: what is handed out, how it grows, what is refused, against a model.
#include "ikyoalloc/pool.h"

#include "core.h"
#include "counted.h"

enum { KEPT = 400, STEPS = 30000, ROUNDS = 30 };

static struct ikyo_pool *new_pool(size_t size, size_t alignment, size_t capacity)
{
    struct ikyo_pool *pool = ikyo_pool_create(size, alignment, capacity, &counted_from);

    require(pool != NULL);
    return pool;
}

static void create_refuses_what_cannot_be(void)
{
    static const struct {
        size_t size, alignment, capacity;
    } rows[] = {
        {0, 8, 0},
        {0, 8, 10},
        {8, 0, 0},
        {8, 3, 0},
        {8, 24, 0},
        {8, SIZE_MAX, 0},
        {8, SIZE_MAX / 2 + 1, 0},
        {SIZE_MAX, 8, 0},
        {SIZE_MAX - 7, 8, 1},
        {SIZE_MAX / 2 + 1, 1, 1},
        {SIZE_MAX / 4, 16, 5},
        {8, 8, SIZE_MAX},
        {8, 8, SIZE_MAX / 8 + 1},
        {16, 16, SIZE_MAX / 16 + 1},
        {1, 1, SIZE_MAX / 8},
        {4096, 8, SIZE_MAX / 4096 + 2},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        require(ikyo_pool_create(rows[i].size, rows[i].alignment, rows[i].capacity,
                                 &counted_from) == NULL);
        require(ikyo_pool_create_checked(rows[i].size, rows[i].alignment, rows[i].capacity,
                                         &counted_from) == NULL);
    }
    counted_require_empty();
}

static void null_is_ignored_or_refused(void)
{
    struct ikyo_pool *pool = new_pool(8, 8, 0);

    ikyo_pool_destroy(NULL);
    require_equal(ikyo_pool_give(pool, NULL), IKYO_POOL_OK);
    require_equal(ikyo_pool_stats(pool).live, 0);
    require_equal(ikyo_pool_stats(NULL).stride, 0);
    require_equal(ikyo_pool_stats(pool).stride, 8);
    ikyo_pool_destroy(pool);
    counted_require_empty();
}

static void objects_are_aligned_and_do_not_overlap(void)
{
    static const size_t sizes[] = {1, 7, 8, 9, 24, 40, 64, 100, 1000, 4096, 5000, 70000};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (size_t alignment = 1; alignment <= 8192; alignment *= 4) {
            struct ikyo_pool *pool = new_pool(sizes[i], alignment, 0);
            char *object[50];

            for (int n = 0; n < 50; n++) {
                object[n] = ikyo_pool_take(pool);
                require(object[n] != NULL);
                require_equal((uintptr_t)object[n] % alignment, 0);
                memset(object[n], n, sizes[i]);
            }
            for (int n = 0; n < 50; n++)
                require(core_reads_only(object[n], sizes[i], (char)n));
            require_equal(ikyo_pool_stats(pool).live, 50);
            ikyo_pool_destroy(pool);
            counted_require_empty();
        }
}

static void object_given_last_is_taken_first(void)
{
    struct ikyo_pool *pool = new_pool(32, 16, 0);
    void *a = ikyo_pool_take(pool), *b = ikyo_pool_take(pool);
    size_t calls = counted.calls;

    require_equal(ikyo_pool_give(pool, a), IKYO_POOL_OK);
    require_equal(ikyo_pool_give(pool, b), IKYO_POOL_OK);
    require(ikyo_pool_take(pool) == b);
    require(ikyo_pool_take(pool) == a);
    require_equal(counted.calls, calls);
    ikyo_pool_destroy(pool);
    counted_require_empty();
}

static void growing_pool_doubles_up_to_the_bound(void)
{
    struct ikyo_pool *pool = new_pool(64, 64, 0);
    size_t count = 0, last = 0;

    require_equal(ikyo_pool_stats(pool).pieces, 0);
    for (int piece = 0; piece < 12; piece++) {
        size_t calls = counted.calls;

        for (; counted.calls == calls; count++)
            require(ikyo_pool_take(pool) != NULL);
        require(counted.last <= 1 << 20);
        if (last == 0)
            require(counted.last > 3900 && counted.last <= 4096);
        else
            require(counted.last > 2 * last - 64 || counted.last > (1 << 20) - 128);
        last = counted.last;
    }
    require_equal(ikyo_pool_stats(pool).pieces, 12);
    require_equal(ikyo_pool_stats(pool).bytes + counted.size[0], counted.bytes);
    require(ikyo_pool_stats(pool).capacity >= count);
    ikyo_pool_destroy(pool);
    counted_require_empty();
}

static void objects_above_the_bound_have_a_piece_each(void)
{
    struct ikyo_pool *pool = new_pool(3 << 20, 8, 0);

    for (size_t i = 1; i <= 4; i++) {
        require(ikyo_pool_take(pool) != NULL);
        require_equal(ikyo_pool_stats(pool).pieces, i);
    }
    ikyo_pool_destroy(pool);
    counted_require_empty();
}

static void fixed_pool_has_exactly_its_capacity(void)
{
    static const size_t capacities[] = {1, 2, 63, 64, 65, 1000};

    for (size_t i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++) {
        struct ikyo_pool *pool = new_pool(48, 16, capacities[i]);
        size_t calls = counted.calls;
        void *object = NULL;

        for (int again = 0; again < 2; again++) {
            for (size_t n = 0; n < capacities[i]; n++)
                require((object = ikyo_pool_take(pool)) != NULL);
            require(ikyo_pool_take(pool) == NULL);
            ikyo_pool_give(pool, object);
            require(ikyo_pool_take(pool) == object);
            require(ikyo_pool_take(pool) == NULL);
            require_equal(ikyo_pool_stats(pool).live, capacities[i]);
            require_equal(ikyo_pool_stats(pool).capacity, capacities[i]);
            ikyo_pool_reset(pool);
        }
        require_equal(counted.calls, calls);
        ikyo_pool_destroy(pool);
        counted_require_empty();
    }
}

static void reset_keeps_the_newest_piece(void)
{
    struct ikyo_pool *pool = new_pool(100, 4, 0);

    ikyo_pool_reset(pool);
    for (int i = 0; i < 5000; i++)
        require(ikyo_pool_take(pool) != NULL);
    require(ikyo_pool_stats(pool).pieces > 3);
    ikyo_pool_reset(pool);
    require_equal(ikyo_pool_stats(pool).pieces, 1);
    require_equal(ikyo_pool_stats(pool).live, 0);
    require_equal(counted.blocks, 2);
    for (size_t i = ikyo_pool_stats(pool).capacity; i > 0; i--)
        require(ikyo_pool_take(pool) != NULL);
    require_equal(counted.blocks, 2);
    ikyo_pool_destroy(pool);
    counted_require_empty();
}

static void refused_memory_is_null_and_the_pool_stays_usable(void)
{
    struct ikyo_pool *pool;
    size_t count = 0;

    for (size_t left = 0; left < 2; left++) {
        counted.left = left;
        require(ikyo_pool_create(16, 8, 100, &counted_from) == NULL);
        counted_require_empty();
    }
    counted.left = 3;
    pool = new_pool(16, 8, 0);
    for (; ikyo_pool_take(pool) != NULL; count++)
        ;
    require_equal(count, ikyo_pool_stats(pool).capacity);
    require_equal(count, ikyo_pool_stats(pool).live);
    require(ikyo_pool_take(pool) == NULL);
    counted.left = SIZE_MAX;
    require(ikyo_pool_take(pool) != NULL);
    require_equal(ikyo_pool_stats(pool).live, count + 1);
    ikyo_pool_destroy(pool);
    counted_require_empty();
}

static void memory_comes_from_the_global_allocator_by_default(void)
{
    struct ikyo_pool *pool = ikyo_pool_create(200, 64, 0, NULL);
    char *object[KEPT];

    require(pool != NULL);
    for (int i = 0; i < KEPT; i++) {
        object[i] = ikyo_pool_take(pool);
        require(object[i] != NULL);
        memset(object[i], i, 200);
    }
    for (int i = 0; i < KEPT; i++) {
        require(core_reads_only(object[i], 200, (char)i));
        require_equal(ikyo_pool_give(pool, object[i]), IKYO_POOL_OK);
    }
    require_equal(ikyo_pool_stats(pool).live, 0);
    ikyo_pool_destroy(pool);
    require_equal(counted.calls, 0);
}

static void allocator_serves_objects_and_passes_on_what_is_larger(void)
{
    struct ikyo_pool *pool = new_pool(40, 16, 0);
    struct ikyo_allocator a = ikyo_pool_allocator(pool);
    void *small = ikyo_allocate(&a, 40, 16), *empty = ikyo_allocate(&a, 0, 1), *large;
    size_t blocks = counted.blocks;

    require(small != NULL && empty != NULL && small != empty);
    require_equal(ikyo_pool_stats(pool).live, 2);
    require(ikyo_allocate(&a, 40, 32) == NULL);
    require(ikyo_allocate(&a, 40, 0) == NULL);
    require(ikyo_allocate(&a, 40, 12) == NULL);
    large = ikyo_allocate(&a, 41, 256);
    require(large != NULL && (uintptr_t)large % 256 == 0);
    require_equal(counted.blocks, blocks + 1);
    require_equal(ikyo_pool_stats(pool).live, 2);
    ikyo_deallocate(&a, large, 41);
    require_equal(counted.blocks, blocks);
    ikyo_deallocate(&a, small, 40);
    ikyo_deallocate(&a, empty, 0);
    ikyo_deallocate(&a, NULL, 10);
    require_equal(ikyo_pool_stats(pool).live, 0);
    ikyo_pool_destroy(pool);
    counted_require_empty();
}

// One pool of a pool: the interface is the same at both ends.
static void pool_takes_its_pieces_from_another_pool(void)
{
    struct ikyo_pool *outer = new_pool(4096, 4096, 0), *inner;
    struct ikyo_allocator a = ikyo_pool_allocator(outer);

    inner = ikyo_pool_create(32, 16, 0, &a);
    require(inner != NULL);
    for (int i = 0; i < 100; i++)
        require(ikyo_pool_take(inner) != NULL);
    require_equal(ikyo_pool_stats(outer).live, 2);
    ikyo_pool_destroy(inner);
    require_equal(ikyo_pool_stats(outer).live, 0);
    ikyo_pool_destroy(outer);
    counted_require_empty();
}

struct model {
    struct ikyo_pool *pool;
    size_t size, alignment, capacity, live;
    unsigned char *object[KEPT];
    unsigned char value[KEPT];
};

static void model_take(struct model *m, unsigned char value)
{
    unsigned char *p = ikyo_pool_take(m->pool);

    if (m->capacity != 0 && m->live == m->capacity) {
        require(p == NULL);
        return;
    }
    require(p != NULL);
    require_equal((uintptr_t)p % m->alignment, 0);
    memset(p, value, m->size);
    m->object[m->live] = p;
    m->value[m->live++] = value;
}

static void model_give(struct model *m, size_t at)
{
    require(core_reads_only((char *)m->object[at], m->size, (char)m->value[at]));
    require_equal(ikyo_pool_give(m->pool, m->object[at]), IKYO_POOL_OK);
    m->live--;
    m->object[at] = m->object[m->live];
    m->value[at] = m->value[m->live];
}

static void model_run(struct model *m, struct core_random *r)
{
    for (int step = 0; step < STEPS / ROUNDS; step++) {
        // Waves, so that pools fill and empty.
        size_t of_four = step / 150 % 2 ? 1 : 3;

        if (core_random_below(r, 500) == 0) {
            ikyo_pool_reset(m->pool);
            m->live = 0;
        } else if (core_random_below(r, 4) < of_four && m->live < KEPT) {
            model_take(m, (unsigned char)core_random_next(r));
        } else if (m->live > 0) {
            model_give(m, core_random_below(r, m->live));
        }
        require_equal(ikyo_pool_stats(m->pool).live, m->live);
        require(ikyo_pool_stats(m->pool).capacity >= m->live);
    }
}

static void random_calls_do_as_the_model_says(void)
{
    struct core_random r = core_random_start();

    for (int round = 0; round < ROUNDS; round++) {
        struct model m = {
            .size = 1 + core_random_below(&r, round % 5 == 0 ? 9000 : 300),
            .alignment = (size_t)1 << core_random_below(&r, 9),
            .capacity = round % 3 == 0 ? 1 + core_random_below(&r, 100) : 0,
        };

        m.pool = (round % 2 ? ikyo_pool_create_checked
                            : ikyo_pool_create)(m.size, m.alignment, m.capacity, &counted_from);
        require(m.pool != NULL);
        model_run(&m, &r);
        ikyo_pool_destroy(m.pool);
        counted_require_empty();
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(create_refuses_what_cannot_be),
        alone(null_is_ignored_or_refused),
        alone(objects_are_aligned_and_do_not_overlap),
        alone(object_given_last_is_taken_first),
        alone(growing_pool_doubles_up_to_the_bound),
        alone(objects_above_the_bound_have_a_piece_each),
        alone(fixed_pool_has_exactly_its_capacity),
        alone(reset_keeps_the_newest_piece),
        alone(refused_memory_is_null_and_the_pool_stays_usable),
        alone(memory_comes_from_the_global_allocator_by_default),
        alone(allocator_serves_objects_and_passes_on_what_is_larger),
        alone(pool_takes_its_pieces_from_another_pool),
        alone(random_calls_do_as_the_model_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
