// SPDX-License-Identifier: MIT
// Memory for our own records: zero, apart from each other, charged.
#include "vm/meta.h"

#include "vm/charge.h"

#include "core.h"
#include "core_syscall.h"

enum { RECORDS = 3000, THREADS = 4 };

static struct charge_totals totals(void)
{
    struct charge_totals now;

    charge_totals_get(&now);
    return now;
}

static void records_are_zero_aligned_and_apart(void)
{
    static struct {
        char *p;
        size_t size;
    } taken[RECORDS];
    struct core_random r = core_random_start();

    core_start_pages(os_page_size());
    for (int i = 0; i < RECORDS; i++) {
        taken[i].size = 1 + core_random_below(&r, i % 100 == 0 ? 100000 : 700);
        taken[i].p = meta_take(taken[i].size);
        require(taken[i].p != NULL);
        require_equal((uintptr_t)taken[i].p % CACHE_LINE, 0);
        require(core_reads_only(taken[i].p, taken[i].size, 0));
        memset(taken[i].p, i & 127, taken[i].size);
    }
    for (int i = 0; i < RECORDS; i++)
        require(core_reads_only(taken[i].p, taken[i].size, (char)(i & 127)));
}

static void small_records_share_a_mapping(void)
{
    core_start_pages(os_page_size());
    for (int i = 0; i < 100; i++)
        require(meta_take(100) != NULL);
    require_equal(totals().commits, 1);
    require(totals().committed[CHARGE_METADATA] >= 100 * 128);
    require_equal(totals().committed[CHARGE_METADATA], totals().reserved);
}

static void large_record_has_pages_of_its_own(void)
{
    const char *small, *next;

    core_start_pages(os_page_size());
    small = meta_take(1);
    require(meta_take(MIB + 1) != NULL);
    require_equal(totals().commits, 2);
    require(totals().committed[CHARGE_METADATA] > MIB);
    next = meta_take(1);
    require(next == small + CACHE_LINE);
}

static void refused_memory_gives_null_and_no_charge(void)
{
    core_start_pages(os_page_size());
    atomic_store(&core_failing.all, true);
    require(meta_take(1) == NULL);
    require(meta_take(MIB) == NULL);
    require_equal(totals().commits, 0);
    require_equal(totals().reserved, 0);
    atomic_store(&core_failing.all, false);
    require(meta_take(1) != NULL);
    require(meta_take(MIB) != NULL);
}

static void *take_records(void *arg)
{
    for (int i = 0; i < RECORDS / THREADS; i++) {
        uintptr_t *p = meta_take(sizeof(*p));

        require(p != NULL && *p == 0);
        *p = (uintptr_t)arg + 1;
    }
    return NULL;
}

static void threads_never_get_the_same_record(void)
{
    pthread_t threads[THREADS];

    core_start_pages(os_page_size());
    core_start_threads(threads, THREADS, take_records);
    core_join_threads(threads, THREADS);
    require(totals().committed[CHARGE_METADATA] >= (size_t)RECORDS * CACHE_LINE);
}

// What a visit covers, and whether an address is in it.
struct cover {
    const char *wanted;
    size_t bytes;
    int hits;
};

static void cover(const void *p, size_t size, void *context)
{
    struct cover *c = context;

    c->bytes += size;
    c->hits += (uintptr_t)c->wanted - (uintptr_t)p < size;
}

static void visit_covers_every_record_once(void)
{
    struct core_random r = core_random_start();
    const char *taken[300];

    core_start_pages(os_page_size());
    for (int i = 0; i < 300; i++) {
        size_t size = 1 + core_random_below(&r, i % 10 == 0 ? 100000 : 700);

        taken[i] = meta_take(size);
        require(taken[i] != NULL);
        taken[i] += size - 1;
    }
    for (int i = 0; i < 300; i++) {
        struct cover c = {.wanted = taken[i]};

        meta_visit(cover, &c);
        require_equal(c.hits, 1);
        require_equal(c.bytes, totals().committed[CHARGE_METADATA]);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(records_are_zero_aligned_and_apart), alone(small_records_share_a_mapping),
        alone(large_record_has_pages_of_its_own),  alone(refused_memory_gives_null_and_no_charge),
        alone(threads_never_get_the_same_record),  alone(visit_covers_every_record_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
