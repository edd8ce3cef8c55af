// SPDX-License-Identifier: MIT
// Huge blocks: taken, resized, freed and kept for reuse, with their totals.
#include "large/huge.h"

#include "base/option.h"
#include "vm/charge.h"

#include "core.h"
#include "core_syscall.h"
#include "core_tsan.h"
#include "fault_probe.h"

enum { BLOCKS = 12, STEPS = 600, THREADS = 3 };

static struct huge_totals totals(void)
{
    struct huge_totals now;

    huge_totals_get(&now);
    return now;
}

static size_t committed(void)
{
    struct charge_totals now;

    charge_totals_get(&now);
    return now.committed[CHARGE_HUGE];
}

static void require_accounts(void)
{
    require_equal(committed(), totals().bytes + totals().cached_bytes);
}

static char *take(size_t size)
{
    char *p = huge_alloc(size, BLOCK_ALIGNMENT, false);

    require(p != NULL);
    require(registry_find(p) != NULL && registry_find(p)->size >= size);
    require_accounts();
    return p;
}

static void give(char *p)
{
    require(huge_free(registry_find(p)));
    require_accounts();
}

static void start(void)
{
    core_start_pages(os_page_size());
}

static void new_block_is_zero_writable_and_counted(void)
{
    char *p;

    start();
    p = take(40 * MIB + 1);
    require(core_reads_only(p, 40 * MIB + 1, 0));
    require_equal(totals().blocks, 1);
    require_equal(totals().bytes, 40 * MIB + vm_page_size());
    memset(p, 1, 40 * MIB + 1);
    require(!fault_probe_write(p + registry_find(p)->size));
}

static void freed_block_is_counted_out_once(void)
{
    struct huge *record;
    char *p;

    start();
    p = take(100 * MIB);
    record = registry_find(p);
    give(p);
    require_equal(totals().blocks, 0);
    require(!huge_free(record));
    require_equal(totals().blocks, 0);
    require_equal(totals().bytes, 0);
}

static void small_mapping_is_kept_and_reused(void)
{
    char *p;

    start();
    p = take(4 * MIB);
    memset(p, 1, 4 * MIB);
    give(p);
    require_equal(totals().cached_bytes, 4 * MIB);
    require(take(4 * MIB) == p);
    require_equal(totals().cached_bytes, 0);
    require_equal(totals().blocks, 1);
    require(!atomic_load(&registry_find(p)->freed));
}

static void kept_mapping_is_zero_if_that_is_wanted(void)
{
    char *p;

    start();
    p = take(4 * MIB);
    memset(p, 1, 4 * MIB);
    give(p);
    p = huge_alloc(3 * MIB, BLOCK_ALIGNMENT, true);
    require(p != NULL);
    require(core_reads_only(p, registry_find(p)->size, 0));
    require_accounts();
}

static void kept_mapping_serves_half_to_twice_its_size(void)
{
    char *p;

    start();
    p = take(4 * MIB);
    give(p);
    require(take(8 * MIB + vm_page_size() * 2) != p);
    require_equal(totals().cached_bytes, 4 * MIB);
    require(take(2 * MIB - vm_page_size() * 2) != p);
    require_equal(totals().cached_bytes, 4 * MIB);
    require(take(2 * MIB) == p);
    require_equal(registry_find(p)->size, 2 * MIB);
    require_equal(totals().cached_bytes, 0);
}

static void kept_mapping_that_is_not_aligned_is_passed_over(void)
{
    char *p;

    start();
    p = take(4 * MIB);
    give(p);
    for (unsigned shift = 22; shift <= 30; shift += 4) {
        size_t alignment = (size_t)1 << shift;
        char *q = huge_alloc(4 * MIB, alignment, false);

        require(q != NULL);
        require_equal((uintptr_t)q & (alignment - 1), 0);
        require_accounts();
    }
}

static void large_mappings_are_not_kept(void)
{
    char *p;

    start();
    p = take(200 * MIB);
    give(p);
    require_equal(committed(), 0);
    require(!fault_probe_read(p));
}

static void option_sets_what_is_kept(void)
{
    char *p, *q;

    start();
    options.huge_cache = 100 * MIB;
    p = take(90 * MIB);
    give(p);
    require_equal(totals().cached_bytes, 90 * MIB);
    q = take(20 * MIB);
    give(q);
    require_equal(totals().cached_bytes, 20 * MIB);
}

static void no_more_than_two_mappings_are_kept(void)
{
    char *p[4];

    start();
    options.huge_cache = GIB;
    for (int i = 0; i < 4; i++)
        p[i] = take(2 * MIB);
    for (int i = 0; i < 4; i++)
        give(p[i]);
    require_equal(totals().cached_bytes, 4 * MIB);
    require_equal(committed(), 4 * MIB);
}

static void trim_gives_kept_mappings_back(void)
{
    start();
    require(!huge_trim());
    give(take(4 * MIB));
    require(huge_trim());
    require_equal(committed(), 0);
    require_equal(totals().cached_bytes, 0);
    require(!huge_trim());
}

static void growing_block_keeps_its_contents_and_stays_from_the_second_time_on(void)
{
    char *p, *q;
    size_t moves = 0;

    start();
    p = take(2 * MIB);
    memset(p, 5, 2 * MIB);
    for (size_t size = 2 * MIB + 4096; size < 200 * MIB; size += 2 * MIB) {
        q = huge_resize(registry_find(p), size);
        require(q != NULL);
        moves += q != p;
        p = q;
        require_equal(totals().blocks, 1);
        require_equal(totals().bytes, registry_find(p)->size);
        require_accounts();
        p[size - 1] = 7;
    }
    require(core_reads_only(p, 2 * MIB, 5));
    require(moves >= 1 && moves <= 8);
    give(p);
}

static void shrinking_block_stays_and_gives_its_end_back(void)
{
    char *p;

    start();
    p = take(64 * MIB);
    memset(p, 5, 64 * MIB);
    require(huge_resize(registry_find(p), 3 * MIB) == p);
    require_equal(totals().bytes, 3 * MIB);
    require_accounts();
    require(core_reads_only(p, 3 * MIB, 5));
}

static void place_that_was_left_is_known_as_freed(void)
{
    struct huge *old;
    char *p, *q;

    start();
    p = take(4 * MIB);
    old = registry_find(p);
    q = huge_resize(old, 40 * MIB);
    require(q != NULL && q != p);
    require(registry_find(p) == NULL || atomic_load(&registry_find(p)->freed));
    require(!registry_covers(p + MIB));
    require(!huge_free(old));
}

static void pages_of_a_region_become_a_huge_block(void)
{
    char *from, *p;

    start();
    from = vm_map(4 * MIB, 2 * MIB);
    memset(from, 6, 4 * MIB);
    p = huge_move_in(from, 4 * MIB, 6 * MIB);
    require(p != NULL);
    require(core_reads_only(p, 4 * MIB, 6));
    require(core_reads_only(p + 4 * MIB, 2 * MIB, 0));
    require(core_reads_only(from, 4 * MIB, 0));
    require_equal(totals().blocks, 1);
    require_accounts();
    give(p);
}

static void pages_that_cannot_be_moved_stay(void)
{
    char *from;

    start();
    from = vm_map(4 * MIB, 2 * MIB);
    memset(from, 6, 4 * MIB);
    atomic_store(&core_failing.number, SYS_mremap);
    atomic_store(&core_failing.all, true);
    require(huge_move_in(from, 4 * MIB, 6 * MIB) == NULL);
    require(core_reads_only(from, 4 * MIB, 6));
    require_equal(totals().blocks, 0);
    require_equal(committed(), 0);
}

static void every_two_blocks_start_in_different_mebibytes(void)
{
    char *p[40];

    start();
    for (int i = 0; i < 40; i++) {
        p[i] = take((size_t)i * 100);
        for (int j = 0; j < i; j++)
            require((uintptr_t)p[i] / MIB != (uintptr_t)p[j] / MIB);
    }
    for (int i = 0; i < 40; i++)
        give(p[i]);
}

static void each_refused_call_leaves_block_and_accounts_right(void)
{
    char *p;

    start();
    for (int n = 1; n < 16; n++) {
        char *q;

        atomic_store(&core_failing.countdown, n);
        p = huge_alloc(3 * MIB, 4 * MIB, n % 2);
        require_accounts();
        if (p != NULL) {
            memset(p, n, 3 * MIB);
            q = huge_resize(registry_find(p), 30 * MIB);
            require_accounts();
            p = q != NULL ? q : p;
            require(core_reads_only(p, 3 * MIB, (char)n));
            atomic_store(&core_failing.countdown, 0);
            give(p);
        }
        require_equal(totals().blocks, 0);
    }
    atomic_store(&core_failing.all, true);
    huge_trim();
    require(huge_alloc(3 * MIB, 16, false) == NULL);
}

struct held {
    char *p;
    size_t size;
    char fill;
};

static void change(struct core_random *r, struct held *h)
{
    size_t size = MIB / 2 + core_random_below(r, 6 * MIB);

    if (h->p == NULL) {
        h->p = huge_alloc(size, BLOCK_ALIGNMENT, core_random_below(r, 2));
    } else {
        require(core_reads_only(h->p, 4096, h->fill) && h->p[h->size - 1] == h->fill);
        if (core_random_below(r, 3) == 0) {
            require(huge_free(registry_find(h->p)));
            h->p = NULL;
            return;
        }
        h->p = huge_resize(registry_find(h->p), size);
    }
    require(h->p != NULL);
    h->size = size;
    h->fill = (char)(1 + core_random_below(r, 100));
    memset(h->p, h->fill, 4096);
    h->p[size - 1] = h->fill;
}

static void *work_at_random(void *arg)
{
    struct core_random r = {core_seed + 77 * ((uintptr_t)arg + 1)};
    struct held held[BLOCKS] = {{NULL, 0, 0}};

    for (int step = 0; step < STEPS; step++)
        change(&r, &held[core_random_below(&r, BLOCKS)]);
    for (int i = 0; i < BLOCKS; i++)
        if (held[i].p != NULL)
            require(huge_free(registry_find(held[i].p)));
    return NULL;
}

static void random_work_of_threads_leaves_nothing(void)
{
    pthread_t threads[THREADS];

    start();
    core_random_start();
    core_start_threads(threads, THREADS, work_at_random);
    core_join_threads(threads, THREADS);
    require_equal(totals().blocks, 0);
    require_accounts();
    huge_trim();
    require_equal(committed(), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(new_block_is_zero_writable_and_counted),
        alone(freed_block_is_counted_out_once),
        alone(small_mapping_is_kept_and_reused),
        alone(kept_mapping_is_zero_if_that_is_wanted),
        alone(kept_mapping_serves_half_to_twice_its_size),
        alone(kept_mapping_that_is_not_aligned_is_passed_over),
        alone(large_mappings_are_not_kept),
        alone(option_sets_what_is_kept),
        alone(no_more_than_two_mappings_are_kept),
        alone(trim_gives_kept_mappings_back),
        alone(growing_block_keeps_its_contents_and_stays_from_the_second_time_on),
        alone(shrinking_block_stays_and_gives_its_end_back),
        alone(place_that_was_left_is_known_as_freed),
        alone(pages_of_a_region_become_a_huge_block),
        alone(pages_that_cannot_be_moved_stay),
        alone(every_two_blocks_start_in_different_mebibytes),
        alone(each_refused_call_leaves_block_and_accounts_right),
        alone(random_work_of_threads_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
