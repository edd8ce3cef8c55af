// SPDX-License-Identifier: MIT
// The hit paths and the routes behind them: by size, alignment, owner and option.
#include "alloc.h"

#include "base/lock.h"
#include "base/option.h"
#include "binned/depot.h"
#include "init.h"
#include "large/registry.h"
#include "vm/extent.h"

#include "core.h"
#include "core_syscall.h"
#include "core_tsan.h"

enum { HELD = 300, STEPS = 20000, THREADS = 3 };

static size_t used(void)
{
    size_t granules;

    lock_take(LOCK_EXTENT);
    extent_check();
    granules = extent_totals.used;
    lock_give(LOCK_EXTENT);
    return granules << GRANULE_SHIFT;
}

static void every_small_size_is_served_by_its_bin(void)
{
    for (size_t size = 0; size <= BIN_MAX; size += size < 2000 ? 1 : 97) {
        char *p = alloc_block(size);

        require(p != NULL);
        require_equal((uintptr_t)p % BLOCK_ALIGNMENT, 0);
        require_equal(alloc_usable_size(p), bin_size(bin_of(size)));
        memset(p, 1, alloc_usable_size(p));
        free_block(p);
    }
}

static void bin_without_a_slab_borrows_a_few_blocks(void)
{
    unsigned lender = bin_of(64);
    int borrowed = 0;

    for (int i = 0; i < 20; i++) {
        do
            alloc_block(64);
        while (cache_mine()->head[lender] == NULL);
        borrowed += alloc_usable_size(alloc_block(48)) == 64;
    }
    require(borrowed > 0 && borrowed <= 8);
}

static void larger_sizes_are_runs_and_then_mappings(void)
{
    char *run = alloc_block(BIN_MAX + 1), *huge = alloc_block(RUN_MAX + 1);

    require_equal(desc_kind(desc_of(run)), KIND_RUN);
    require(registry_find(run) == NULL);
    require(registry_find(huge) != NULL);
    require(desc_of(huge) == NULL || desc_kind(desc_of(huge)) == KIND_NONE);
    memset(run, 1, BIN_MAX + 1);
    memset(huge, 1, RUN_MAX + 1);
    free_block(run);
    free_block(huge);
}

static void mmap_threshold_sets_where_mappings_begin(void)
{
    init_ensure();
    options.mmap_threshold = 100 * KIB;
    require(registry_find(alloc_block(100 * KIB)) == NULL);
    require(registry_find(alloc_block(100 * KIB + 1)) != NULL);
    options.mmap_threshold = SIZE_MAX;
    require(registry_find(alloc_block(RUN_MAX)) == NULL);
    require(registry_find(alloc_block(RUN_MAX + 1)) != NULL);
}

static void impossible_sizes_fail_with_enomem(void)
{
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX / 2 + 1, CORE_LARGEST, CORE_IMPOSSIBLE};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        errno = 0;
        require(alloc_block(sizes[i]) == NULL && errno == ENOMEM);
        errno = 0;
        require(alloc_zeroed(sizes[i]) == NULL && errno == ENOMEM);
        errno = 0;
        require(alloc_aligned(4096, sizes[i], CALL_ALIGNED) == NULL && errno == ENOMEM);
    }
}

// Where the lowest addresses are ours, as on Windows, NULL has a descriptor.
static void null_that_has_a_descriptor_is_nothing_to_free(void)
{
    static struct desc first_unit;

    require(alloc_block(10) != NULL);
    options.foreign_free = FOREIGN_FREE_ABORT;
    free_slow(NULL, &first_unit, CALL_FREE);
}

static void free_and_success_keep_errno(void)
{
    void *p[4] = {alloc_block(10), alloc_block(5000), alloc_block(MIB / 8),
                  alloc_block(RUN_MAX + 1)};

    for (int i = 0; i < 4; i++) {
        errno = 77;
        free_block(p[i]);
        require_equal(errno, 77);
    }
    free_block(NULL);
    require(alloc_block(100 * KIB) != NULL);
    require_equal(errno, 77);
}

static void free_keeps_errno_when_the_system_refuses(void)
{
    void *p = alloc_block(RUN_MAX + 8 * MIB);

    atomic_store(&core_failing.number, SYS_munmap);
    atomic_store(&core_failing.countdown, 1);
    errno = 77;
    free_block(p);
    require_equal(errno, 77);
    require_equal(atomic_load(&core_failed), 1);
}

static void zeroed_blocks_are_zero_also_when_used_before(void)
{
    for (int round = 0; round < 3; round++)
        for (size_t size = 1; size <= RUN_MAX + MIB; size = size * 2 + 1) {
            char *p = alloc_zeroed(size), *q = alloc_zeroed(size);

            require(p != NULL && q != NULL);
            require(core_reads_only(p, size, 0) && core_reads_only(q, size, 0));
            memset(p, 7, alloc_usable_size(p));
            memset(q, 7, alloc_usable_size(q));
            free_block(p);
            free_block(q);
        }
}

static void every_alignment_is_kept_for_every_size(void)
{
    for (size_t alignment = 1; alignment <= 64 * MIB; alignment *= 2)
        for (size_t size = 0; size <= 300 * KIB; size = size * 3 + 1) {
            char *p = alloc_aligned(alignment, size, CALL_ALIGNED);

            require(p != NULL);
            require_equal((uintptr_t)p & (alignment - 1), 0);
            require(alloc_usable_size(p) >= size);
            memset(p, 1, size);
            free_block(p);
        }
    alloc_trim(0);
    require_equal(used(), 0);
}

static void block_freed_last_comes_next_once_the_magazine_is_used_up(void)
{
    void *p = alloc_block(48);
    struct thread_cache *t = cache_current();

    for (int i = 0; i < 20; i++)
        require(alloc_block(48) != p);
    while (t->head[2] != NULL)
        require(alloc_block(48) != NULL);
    free_block(p);
    require(alloc_block(48) == p);
}

static void hit_path_writes_only_magazine_and_descriptor(void)
{
    void *p = alloc_block(48);
    struct thread_cache *t = cache_current();
    struct desc *d = desc_of(p);
    uint32_t before;

    for (int i = 0; i < 20; i++)
        require(alloc_block(48) != p);
    before = d->count;
    require(before > 1);
    require(atomic_load(&d->owner) == t);
    free_block(p);
    require(d->free == p);
    require_equal(d->count, before - 1);
}

static void blocks_of_slabs_of_several_units_come_back_by_their_head(void)
{
    void *held[40];

    for (int i = 0; i < 40; i++) {
        held[i] = alloc_block(20000);
        memset(held[i], i, 20000);
    }
    for (int i = 0; i < 40; i++) {
        require(core_reads_only(held[i], 20000, (char)i));
        free_block(held[i]);
    }
    alloc_trim(0);
    require_equal(used(), 0);
}

static void perturbed_bytes_are_set_on_both_ways(void)
{
    static const size_t sizes[] = {1, 100, 2000, 20000, 60000, RUN_MAX + 1};

    init_ensure();
    options.perturb = 0x5a;
    alloc_options_changed();
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char *p = alloc_block(sizes[i]);

        require(core_reads_only(p, sizes[i], (char)0xa5));
        p = alloc_zeroed(sizes[i]);
        require(core_reads_only(p, sizes[i], 0));
    }
    options.perturb = 0;
    alloc_options_changed();
    require(cache_current() == cache_mine());
}

static void perturbed_bytes_are_set_when_a_block_is_freed(void)
{
    static const size_t sizes[] = {100, 2000, 20000, 60000};

    init_ensure();
    options.perturb = 0x5a;
    alloc_options_changed();
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char *p = alloc_block(sizes[i]);

        memset(p, 1, sizes[i]);
        free_block(p);
        // The memory stays for a while; its first bytes may be a link.
        require(core_reads_only(p + 16, sizes[i] - 16, 0x5a));
    }
}

static void flushed_thread_keeps_nothing(void)
{
    for (size_t size = 1; size < 200 * KIB; size = size * 2 + 1)
        free_block(alloc_block(size));
    require(used() > 0);
    alloc_flush_thread();
    require_equal(used(), 0);
}

static void trim_tells_whether_something_went_back(void)
{
    free_block(memset(alloc_block(100 * KIB), 1, 100 * KIB));
    require(alloc_trim(0));
    require_equal(extent_totals.dirty, 0);
    require(!alloc_trim(0));
    free_block(memset(alloc_block(200 * KIB), 1, 200 * KIB));
    require(!alloc_trim(MIB));
    require(extent_totals.dirty >= 200 * KIB / GRANULE);
}

struct held {
    char *p;
    size_t size;
    char fill;
};

static size_t random_size(struct core_random *r)
{
    size_t most = core_random_below(r, 50) == 0 ? 300 * KIB : core_random_below(r, 4) ? 300 : 20000;

    return core_random_below(r, most);
}

static void change(struct core_random *r, struct held *h)
{
    if (h->p != NULL) {
        require(core_reads_only(h->p, h->size, h->fill));
        free_block(h->p);
        h->p = NULL;
        return;
    }
    h->size = random_size(r);
    h->fill = (char)(1 + core_random_below(r, 100));
    h->p = core_random_below(r, 4) == 0 ? alloc_zeroed(h->size) : alloc_block(h->size);
    require(h->p != NULL);
    memset(h->p, h->fill, h->size);
}

static void *work_at_random(void *arg)
{
    struct core_random r = {core_seed + (uintptr_t)arg};
    static struct held all[THREADS][HELD];
    struct held *held = all[(uintptr_t)arg % THREADS];

    for (int step = 0; step < STEPS; step++)
        change(&r, &held[core_random_below(&r, HELD)]);
    for (int i = 0; i < HELD; i++)
        if (held[i].p != NULL)
            change(&r, &held[i]);
    return NULL;
}

static void random_work_of_threads_mixes_no_blocks_and_leaves_none(void)
{
    pthread_t threads[THREADS];

    core_random_start();
    init_ensure();
    core_start_threads(threads, THREADS, work_at_random);
    core_join_threads(threads, THREADS);
    alloc_trim(0);
    require_equal(used(), 0);
}

static void memory_refused_now_and_then_harms_no_block(void)
{
    struct core_random r = core_random_start();
    static struct held held[HELD];
    size_t refused = 0;

    init_ensure();
    for (int step = 0; step < STEPS / 4; step++) {
        struct held *h = &held[core_random_below(&r, HELD)];

        if (h->p != NULL) {
            change(&r, h);
            continue;
        }
        atomic_store(&core_failing.countdown, 1 + (int)core_random_below(&r, 3));
        h->size = random_size(&r);
        h->fill = (char)(1 + step % 100);
        h->p = alloc_block(h->size);
        if (h->p != NULL)
            memset(h->p, h->fill, h->size);
        else
            refused++;
    }
    atomic_store(&core_failing.countdown, 0);
    require(atomic_load(&core_failed) > 0);
    require(refused < STEPS / 8);
    for (int i = 0; i < HELD; i++)
        if (held[i].p != NULL)
            change(&r, &held[i]);
    alloc_trim(0);
    require_equal(used(), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(every_small_size_is_served_by_its_bin),
        alone(bin_without_a_slab_borrows_a_few_blocks),
        alone(larger_sizes_are_runs_and_then_mappings),
        alone(mmap_threshold_sets_where_mappings_begin),
        alone(impossible_sizes_fail_with_enomem),
        alone(null_that_has_a_descriptor_is_nothing_to_free),
        alone(free_and_success_keep_errno),
        alone(free_keeps_errno_when_the_system_refuses),
        alone(zeroed_blocks_are_zero_also_when_used_before),
        alone(every_alignment_is_kept_for_every_size),
        alone(block_freed_last_comes_next_once_the_magazine_is_used_up),
        alone(hit_path_writes_only_magazine_and_descriptor),
        alone(blocks_of_slabs_of_several_units_come_back_by_their_head),
        alone(perturbed_bytes_are_set_on_both_ways),
        alone(perturbed_bytes_are_set_when_a_block_is_freed),
        alone(flushed_thread_keeps_nothing),
        alone(trim_tells_whether_something_went_back),
        alone(random_work_of_threads_mixes_no_blocks_and_leaves_none),
        alone(memory_refused_now_and_then_harms_no_block),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
