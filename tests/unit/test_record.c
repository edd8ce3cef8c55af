// SPDX-License-Identifier: MIT
// The records of blocks: what was put is found until it is removed, at any size of the table.
#include "debug/record.h"

#include "base/lock.h"
#include "vm/charge.h"

#include "core.h"
#include "core_syscall.h"

enum { ROUNDS = 200000, MODEL = 4096 };

// No memory of ours: the table never looks at what is at an address.
#define BASE ((uintptr_t)5 << sizeof(void *) * 5)
enum { SCATTER_SHIFT = 16 };

static bool scattered;

// Neighbours have homes that are spread evenly; scattered addresses have some in common.
static void *at(size_t index)
{
    uint64_t x = (index + 1) * 0x9e3779b97f4a7c15u;

    if (!scattered)
        return (void *)(BASE + index * 16);
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    return (void *)(BASE + (index << SCATTER_SHIFT) + (uintptr_t)(x >> 52) * 16);
}

static size_t index_of(const struct record *r)
{
    return (r->start - BASE) / (scattered ? (size_t)1 << SCATTER_SHIFT : 16);
}

static struct record sample(size_t index, size_t size)
{
    return (struct record){
        .start = (uintptr_t)at(index),
        .size = size,
        .allocated = {(uint32_t)index, 7, size + index},
        .source = {"file.c", "function", 12},
        .family = FAMILY_NEW,
    };
}

static void put(size_t index, size_t size)
{
    struct record r = sample(index, size);

    require(record_put(&r));
}

static void start(void)
{
    core_start_pages(os_page_size());
}

static void nothing_is_known_before_something_was_put(void)
{
    struct record r;

    start();
    require(!record_get(at(1), &r));
    require(!record_get(NULL, &r));
    require(!record_find_near(at(1), &r));
    require(!record_remove(at(1)));
    require_equal(record_count(), 0);
    require(record_freeze().capacity == 0);
    record_thaw();
}

static void record_is_got_whole_by_its_start_only(void)
{
    struct record r;

    start();
    put(3, 100);
    require(record_get(at(3), &r));
    require(r.start == (uintptr_t)at(3) && r.size == 100 && r.family == FAMILY_NEW && !r.freed);
    require(r.allocated.stack == 3 && r.allocated.thread == 7 && r.allocated.sequence == 103);
    require(r.source.line == 12 && strcmp(r.source.file, "file.c") == 0);
    require(!record_get(at(4), &r) && !record_get(at(2), &r) && !record_get(NULL, &r));
    require(!record_get((char *)at(3) + 1, &r));
    require_equal(record_count(), 1);
}

static void record_of_the_same_start_is_replaced(void)
{
    struct record r = sample(3, 100);

    start();
    put(3, 100);
    r.size = 50;
    r.freed = true;
    require(record_put(&r));
    require_equal(record_count(), 1);
    require(record_get(at(3), &r) && r.size == 50 && r.freed);
}

static void removed_record_is_gone(void)
{
    struct record r;

    start();
    put(3, 100);
    put(4, 100);
    require(record_remove(at(3)));
    require(!record_remove(at(3)));
    require(!record_get(at(3), &r) && record_get(at(4), &r));
    require_equal(record_count(), 1);
}

// The model: sizes by index, SIZE_MAX where there is no record.
static size_t model[MODEL];
static size_t modelled;

static bool compare(const struct record *r, void *context)
{
    size_t index = index_of(r);

    require(index < MODEL && model[index] == r->size && r->allocated.stack == index);
    ++*(size_t *)context;
    return true;
}

static void compare_all(void)
{
    size_t seen = 0;
    struct record r;

    record_visit(compare, &seen);
    require_equal(seen, modelled);
    require_equal(record_count(), modelled);
    for (size_t i = 0; i < MODEL; i++)
        require(record_get(at(i), &r) == (model[i] != SIZE_MAX));
}

static void random_changes_are_as_in_a_model(void)
{
    struct core_random random = core_random_start();

    scattered = true;
    start();
    memset(model, 0xff, sizeof(model));
    for (size_t i = 0; i < ROUNDS; i++) {
        // The part in use swells and shrinks, so that long chains form and break up.
        size_t index = core_random_below(&random, MODEL);
        bool keep = core_random_below(&random, ROUNDS) > (i < ROUNDS / 2 ? i : ROUNDS - i);
        struct record r;

        require(record_get(at(index), &r) == (model[index] != SIZE_MAX));
        require(model[index] == SIZE_MAX || r.size == model[index]);
        if (keep) {
            modelled += model[index] == SIZE_MAX;
            model[index] = core_random_below(&random, 1000);
            put(index, model[index]);
        } else {
            require(record_remove(at(index)) == (model[index] != SIZE_MAX));
            modelled -= model[index] != SIZE_MAX;
            model[index] = SIZE_MAX;
        }
        if (i % (ROUNDS / 16) == 0)
            compare_all();
    }
    compare_all();
}

static size_t metadata(void)
{
    struct charge_totals totals;

    charge_totals_get(&totals);
    return totals.committed[CHARGE_METADATA];
}

static void growth_keeps_all_and_gives_the_old_table_back(void)
{
    size_t before, first;
    struct record r;

    start();
    before = metadata();
    put(0, 0);
    first = metadata() - before;
    require(first >= 1024 * sizeof(struct record));
    for (size_t i = 1; i < 100000; i++)
        put(i, i);
    for (size_t i = 0; i < 100000; i++)
        require(record_get(at(i), &r) && r.size == i);
    require(metadata() - before >= 100000 * sizeof(struct record));
    require(metadata() - before < 300000 * sizeof(struct record));
    require_equal(record_freeze().capacity, 1 << 18);
    record_thaw();
}

static void refused_memory_loses_nothing(void)
{
    struct record r = sample(0, 1);
    size_t known = 0;

    start();
    atomic_store(&core_failing.all, true);
    require(!record_put(&r));
    require(!record_get(at(0), &r) && record_count() == 0);
    atomic_store(&core_failing.all, false);
    put(known++, 9);
    atomic_store(&core_failing.all, true);
    for (r = sample(known, 9); record_put(&r); r = sample(known, 9))
        known++;
    require(known > 500 && known < 1024);
    require_equal(record_count(), known);
    require(!record_get(at(known), &r));
    for (size_t i = 0; i < known; i++)
        require(record_get(at(i), &r));
    // What is known already needs no room, and what is removed makes some.
    put(0, 10);
    require(record_remove(at(1)));
    put(known, 9);
    atomic_store(&core_failing.all, false);
    put(known + 1, 9);
    require_equal(record_count(), known + 1);
}

static bool stop_at_third(const struct record *r, void *context)
{
    require(r->start != 0);
    return ++*(int *)context < 3;
}

static void visit_ends_when_it_is_told(void)
{
    int visits = 0;

    start();
    for (size_t i = 0; i < 10; i++)
        put(i, 1);
    record_visit(stop_at_third, &visits);
    require_equal(visits, 3);
    put(11, 1); // the lock was given back
}

static void near_pointers_find_the_block_and_far_ones_do_not(void)
{
    char *block = at(100);
    struct record r;

    start();
    put(100, 100);
    put(120, 0);
    for (ptrdiff_t offset = -70; offset < 170; offset++)
        require(record_find_near(block + offset, &r) ==
                (offset >= -64 && offset < 100 + 64));
    require(record_find_near(block + 99, &r) && r.size == 100);
    require(record_find_near(at(120), &r) && r.size == 0);
    require(record_find_near((char *)at(120) + 63, &r) && r.size == 0);
    require(!record_find_near((char *)at(120) + 64, &r));
    require(!record_find_near(NULL, &r));
    require(!record_find_near((void *)UINTPTR_MAX, &r));
}

static void nearer_block_is_the_one_that_is_found(void)
{
    char *low = at(0), *high = at(8);
    struct record r;

    start();
    put(0, 100);
    put(8, 100);
    require(record_find_near(low + 99, &r) && r.start == (uintptr_t)low);
    require(record_find_near(low + 102, &r) && r.start == (uintptr_t)low);
    require(record_find_near(high - 4, &r) && r.start == (uintptr_t)high);
    require(record_find_near(high, &r) && r.start == (uintptr_t)high);
}

static _Atomic(bool) frozen, done;

static void *put_while_frozen(void *unused)
{
    while (!atomic_load(&frozen))
        os_sleep_us(100);
    put(50, 1);
    atomic_store(&done, true);
    return unused;
}

static void freeze_makes_other_threads_wait(void)
{
    pthread_t thread;
    struct record_table table;
    struct record r;

    start();
    put(1, 1);
    core_start_threads(&thread, 1, put_while_frozen);
    table = record_freeze();
    require(lock_held(LOCK_RECORD));
    require_equal(table.count, 1);
    atomic_store(&frozen, true);
    while (atomic_load(&core_waits) == 0)
        os_sleep_us(100);
    require(!atomic_load(&done));
    for (size_t i = 0, found = 0; i <= table.capacity; i++) {
        require(i < table.capacity || found == 1);
        found += i < table.capacity && table.places[i].start != 0;
    }
    record_thaw();
    core_join_threads(&thread, 1);
    require(record_get(at(50), &r));
}

enum { THREADS = 4, EACH = 5000 };

static void *put_and_remove(void *arg)
{
    size_t first = (uintptr_t)arg * EACH;
    struct record r;

    for (size_t i = first; i < first + EACH; i++) {
        put(i, i);
        require(record_get(at(i), &r) && r.size == i);
        if (i % 2 == 0)
            require(record_remove(at(i)));
    }
    return NULL;
}

static void threads_do_not_lose_each_others_records(void)
{
    pthread_t threads[THREADS];
    struct record r;

    start();
    core_start_threads(threads, THREADS, put_and_remove);
    core_join_threads(threads, THREADS);
    require_equal(record_count(), THREADS * EACH / 2);
    for (size_t i = 0; i < THREADS * EACH; i++)
        require(record_get(at(i), &r) == (i % 2 == 1));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(nothing_is_known_before_something_was_put),
        alone(record_is_got_whole_by_its_start_only),
        alone(record_of_the_same_start_is_replaced),
        alone(removed_record_is_gone),
        alone(random_changes_are_as_in_a_model),
        alone(growth_keeps_all_and_gives_the_old_table_back),
        alone(refused_memory_loses_nothing),
        alone(visit_ends_when_it_is_told),
        alone(near_pointers_find_the_block_and_far_ones_do_not),
        alone(nearer_block_is_the_one_that_is_found),
        alone(freeze_makes_other_threads_wait),
        alone(threads_do_not_lose_each_others_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
