// SPDX-License-Identifier: MIT
// Pools per thread: the owner takes, all threads give, and pools change hands.
#include "ikyoalloc/pool.h"

#include "core.h"
#include "counted.h"

#include <sched.h>
#include <stdatomic.h>

enum { OBJECTS = 500, THREADS = 4, PLACES = 64, STEPS = 20000, HANDOVERS = 200 };

// What the objects of these tests hold: whose they are, and a value that nobody may change.
struct message {
    struct ikyo_thread_pool *pool;
    uintptr_t value;
    uintptr_t same;
};

static struct ikyo_thread_pool *new_pool(size_t size, size_t capacity)
{
    struct ikyo_thread_pool *pool = ikyo_thread_pool_create(size, 16, capacity, NULL);

    require(pool != NULL);
    return pool;
}

static void in_another_thread(void *(*run)(void *), void *argument)
{
    pthread_t thread;

    require_equal(pthread_create(&thread, NULL, run, argument), 0);
    require_equal(pthread_join(thread, NULL), 0);
}

static void bad_arguments_are_refused(void)
{
    require(ikyo_thread_pool_create(0, 8, 0, &counted_from) == NULL);
    require(ikyo_thread_pool_create(8, 0, 0, &counted_from) == NULL);
    require(ikyo_thread_pool_create(8, 12, 0, &counted_from) == NULL);
    require(ikyo_thread_pool_create(8, 8, SIZE_MAX / 8, &counted_from) == NULL);
    require(ikyo_thread_pool_create(SIZE_MAX, 8, 0, &counted_from) == NULL);
    for (counted.left = 0; counted.left < 1;) {
        require(ikyo_thread_pool_create(8, 8, 0, &counted_from) == NULL);
        counted.left++;
    }
    require(ikyo_thread_pool_create(8, 8, 10, &counted_from) == NULL);
    require_equal(ikyo_thread_pool_stats(NULL).stride, 0);
    ikyo_thread_pool_destroy(NULL);
    counted_require_empty();
}

static void owner_alone_has_a_pool_as_any_other(void)
{
    struct ikyo_thread_pool *pool = ikyo_thread_pool_create(24, 64, 0, &counted_from);
    char *object[OBJECTS];

    for (int again = 0; again < 2; again++) {
        for (int i = 0; i < OBJECTS; i++) {
            object[i] = ikyo_thread_pool_take(pool);
            require(object[i] != NULL && (uintptr_t)object[i] % 64 == 0);
            memset(object[i], i, 24);
        }
        require_equal(ikyo_thread_pool_stats(pool).live, OBJECTS);
        for (int i = 0; i < OBJECTS; i++) {
            require(core_reads_only(object[i], 24, (char)i));
            ikyo_thread_pool_give(pool, object[i]);
        }
        ikyo_thread_pool_give(pool, NULL);
        require_equal(ikyo_thread_pool_stats(pool).live, 0);
        require(ikyo_thread_pool_take(pool) == object[OBJECTS - 1]);
        ikyo_thread_pool_give(pool, object[OBJECTS - 1]);
    }
    ikyo_thread_pool_destroy(pool);
    counted_require_empty();
}

struct gift {
    struct ikyo_thread_pool *pool;
    void *object[OBJECTS];
    size_t count;
};

static void *give_all(void *arg)
{
    struct gift *gift = arg;

    for (size_t i = 0; i < gift->count; i++) {
        memset(gift->object[i], 0x77, sizeof(struct message));
        ikyo_thread_pool_give(gift->pool, gift->object[i]);
    }
    ikyo_thread_pool_give(gift->pool, NULL);
    return arg;
}

static void what_others_gave_is_taken_before_the_pool_grows(void)
{
    struct gift gift = {.pool = new_pool(sizeof(struct message), 0), .count = OBJECTS};
    size_t capacity, found = 0;

    for (int i = 0; i < OBJECTS; i++)
        require((gift.object[i] = ikyo_thread_pool_take(gift.pool)) != NULL);
    in_another_thread(give_all, &gift);
    require_equal(ikyo_thread_pool_stats(gift.pool).live, OBJECTS);
    capacity = ikyo_thread_pool_stats(gift.pool).capacity;
    for (size_t taken = 1; found < OBJECTS; taken++) {
        void *p = ikyo_thread_pool_take(gift.pool);

        for (int i = 0; i < OBJECTS; i++)
            found += gift.object[i] == p;
        // A list that was carved before the gift is used up first.
        require(taken <= OBJECTS + 4096 / sizeof(struct message));
    }
    require_equal(ikyo_thread_pool_stats(gift.pool).capacity, capacity);
    ikyo_thread_pool_destroy(gift.pool);
}

static void full_pool_has_room_when_another_gave(void)
{
    struct gift gift = {.pool = new_pool(sizeof(struct message), OBJECTS), .count = 1};
    void *last = NULL;

    for (int i = 0; i < OBJECTS; i++)
        require((last = ikyo_thread_pool_take(gift.pool)) != NULL);
    require(ikyo_thread_pool_take(gift.pool) == NULL);
    gift.object[0] = last;
    in_another_thread(give_all, &gift);
    require(ikyo_thread_pool_take(gift.pool) == last);
    require(ikyo_thread_pool_take(gift.pool) == NULL);
    require_equal(ikyo_thread_pool_stats(gift.pool).live, OBJECTS);
    ikyo_thread_pool_destroy(gift.pool);
}

static struct ikyo_thread_pool *passed;

static void *try_to_adopt(void *arg)
{
    require(!ikyo_thread_pool_adopt(passed));
    require(!ikyo_thread_pool_leave(passed));
    return arg;
}

static void *adopt_and_leave(void *arg)
{
    void *p;

    require(ikyo_thread_pool_adopt(passed));
    require(!ikyo_thread_pool_adopt(passed));
    p = ikyo_thread_pool_take(passed);
    require(p != NULL);
    ikyo_thread_pool_give(passed, p);
    require(ikyo_thread_pool_take(passed) == p);
    require(ikyo_thread_pool_leave(passed));
    ikyo_thread_pool_give(passed, p);
    return arg;
}

static void pool_is_adopted_only_when_it_was_left(void)
{
    passed = new_pool(32, 0);
    in_another_thread(try_to_adopt, NULL);
    require(!ikyo_thread_pool_adopt(passed));
    require(ikyo_thread_pool_leave(passed));
    require(!ikyo_thread_pool_leave(passed));
    in_another_thread(adopt_and_leave, NULL);
    require_equal(ikyo_thread_pool_stats(passed).live, 1);
    require(ikyo_thread_pool_adopt(passed));
    ikyo_thread_pool_destroy(passed);
}

// The pool itself is what its owners are ordered by: nothing else is shared.
static void *take_turns(void *arg)
{
    for (int turn = 0; turn < HANDOVERS; turn++) {
        char *p, *q;

        while (!ikyo_thread_pool_adopt(passed))
            sched_yield();
        p = ikyo_thread_pool_take(passed);
        q = ikyo_thread_pool_take(passed);
        require(p != NULL && q != NULL && p != q);
        memset(p, turn, 32);
        memset(q, turn, 32);
        ikyo_thread_pool_give(passed, p);
        require(ikyo_thread_pool_leave(passed));
        ikyo_thread_pool_give(passed, q);
    }
    return arg;
}

static void pool_is_whole_after_many_handovers(void)
{
    pthread_t threads[THREADS];

    passed = new_pool(32, 0);
    require(ikyo_thread_pool_leave(passed));
    core_start_threads(threads, THREADS, take_turns);
    core_join_threads(threads, THREADS);
    require(ikyo_thread_pool_adopt(passed));
    require(ikyo_thread_pool_stats(passed).capacity < 4096 / 32 + 1);
    ikyo_thread_pool_destroy(passed);
}

// Messages wait at places from which any thread takes them; each goes back to its pool.
static _Atomic(struct message *) place[PLACES];

static void consume(struct message *m)
{
    if (m == NULL)
        return;
    require_equal(m->value, m->same);
    m->value = 0;
    m->same = 1;
    ikyo_thread_pool_give(m->pool, m);
}

static void *exchange_messages(void *arg)
{
    struct core_random r = {(uintptr_t)arg * 2 + 1};
    struct ikyo_thread_pool *pool = new_pool(sizeof(struct message), 0);

    for (int step = 0; step < STEPS; step++) {
        struct message *m = ikyo_thread_pool_take(pool);

        require(m != NULL);
        m->pool = pool;
        m->value = m->same = core_random_next(&r);
        consume(atomic_exchange(&place[core_random_below(&r, PLACES)], m));
    }
    // All messages ever live at once are those that wait and those in the hands of threads.
    require(ikyo_thread_pool_stats(pool).capacity <= 8 * (PLACES + 4096 / sizeof(struct message)));
    require(ikyo_thread_pool_leave(pool));
    return pool;
}

static void messages_between_threads_come_back_whole(void)
{
    pthread_t threads[THREADS];
    void *pool[THREADS];

    core_start_threads(threads, THREADS, exchange_messages);
    for (int i = 0; i < THREADS; i++)
        require_equal(pthread_join(threads[i], &pool[i]), 0);
    for (int i = 0; i < PLACES; i++)
        consume(atomic_load(&place[i]));
    for (int i = 0; i < THREADS; i++) {
        size_t capacity = ikyo_thread_pool_stats(pool[i]).capacity;

        require(ikyo_thread_pool_adopt(pool[i]));
        // Every object is back: a full round of taking needs no new memory.
        for (size_t n = 0; n < capacity; n++)
            require(ikyo_thread_pool_take(pool[i]) != NULL);
        require_equal(ikyo_thread_pool_stats(pool[i]).capacity, capacity);
        require_equal(ikyo_thread_pool_stats(pool[i]).live, capacity);
        ikyo_thread_pool_destroy(pool[i]);
    }
}

static atomic_bool ended;

static void *return_messages(void *arg)
{
    size_t at = (uintptr_t)arg;

    while (!atomic_load(&ended)) {
        consume(atomic_exchange(&place[at % PLACES], NULL));
        at += 7;
    }
    return arg;
}

// One owner, and all others giving to its pool at once.
static void pool_that_all_give_to_loses_nothing(void)
{
    struct ikyo_thread_pool *pool = new_pool(sizeof(struct message), OBJECTS);
    pthread_t threads[THREADS];

    core_start_threads(threads, THREADS, return_messages);
    for (int step = 0; step < STEPS; step++) {
        struct message *m = ikyo_thread_pool_take(pool);

        if (m == NULL) {
            sched_yield();
            continue;
        }
        m->pool = pool;
        m->value = m->same = (uintptr_t)step;
        consume(atomic_exchange(&place[step % PLACES], m));
    }
    atomic_store(&ended, true);
    core_join_threads(threads, THREADS);
    for (int i = 0; i < PLACES; i++)
        consume(atomic_exchange(&place[i], NULL));
    for (int i = 0; i < OBJECTS; i++)
        require(ikyo_thread_pool_take(pool) != NULL);
    require(ikyo_thread_pool_take(pool) == NULL);
    ikyo_thread_pool_destroy(pool);
}

struct blocks {
    struct ikyo_allocator allocator;
    void *small, *large;
};

static void *deallocate_both(void *arg)
{
    struct blocks *b = arg;

    ikyo_deallocate(&b->allocator, b->small, 40);
    ikyo_deallocate(&b->allocator, b->large, 5000);
    ikyo_deallocate(&b->allocator, NULL, 40);
    return arg;
}

static void allocator_takes_blocks_back_from_any_thread(void)
{
    struct ikyo_thread_pool *pool = ikyo_thread_pool_create(40, 16, 1, &counted_from);
    struct blocks b = {.allocator = ikyo_thread_pool_allocator(pool)};

    b.small = ikyo_allocate(&b.allocator, 40, 16);
    b.large = ikyo_allocate(&b.allocator, 5000, 64);
    require(b.small != NULL && b.large != NULL && (uintptr_t)b.large % 64 == 0);
    require(ikyo_allocate(&b.allocator, 40, 16) == NULL);
    require(ikyo_allocate(&b.allocator, 8, 3) == NULL);
    require(ikyo_allocate(&b.allocator, 8, 32) == NULL);
    require_equal(counted.blocks, 3);
    in_another_thread(deallocate_both, &b);
    require_equal(counted.blocks, 2);
    require(ikyo_allocate(&b.allocator, 1, 1) == b.small);
    ikyo_thread_pool_destroy(pool);
    counted_require_empty();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(bad_arguments_are_refused),
        alone(owner_alone_has_a_pool_as_any_other),
        alone(what_others_gave_is_taken_before_the_pool_grows),
        alone(full_pool_has_room_when_another_gave),
        alone(pool_is_adopted_only_when_it_was_left),
        alone(pool_is_whole_after_many_handovers),
        alone(messages_between_threads_come_back_whole),
        alone(pool_that_all_give_to_loses_nothing),
        alone(allocator_takes_blocks_back_from_any_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
