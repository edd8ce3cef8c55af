// SPDX-License-Identifier: MIT
// Page runs for the layers above: their place, their contents, their accounts, for every page size.
#include "vm/pages.h"

#include "base/lock.h"
#include "vm/extent.h"

#include "core.h"
#include "core_syscall.h"

enum { RUNS = 64, STEPS = 1000, THREADS = 3 };

static const size_t page_sizes[] = {4096, 16384, 65536};
static size_t page; // of the test that runs

struct run {
    char *start;
    size_t size;
    char fill;
};

static size_t used_granules(void)
{
    size_t used;

    lock_take(LOCK_EXTENT);
    extent_check();
    used = extent_totals.used;
    lock_give(LOCK_EXTENT);
    return used;
}

static void require_pages(const char *p, size_t size, size_t alignment)
{
    require(p != NULL);
    require_equal((uintptr_t)p & (alignment - 1), 0);
    require_equal((uintptr_t)p & (page - 1), 0);
    require(region_holds(p) && region_holds(p + size - 1));
}

static void rounding_gives_whole_pages(void)
{
    core_start_pages(page);
    require_equal(pages_round(1), page);
    require_equal(pages_round(page), page);
    require_equal(pages_round(page + 1), 2 * page);
    require_equal(pages_round(10 * page - 1), 10 * page);
}

static void runs_of_every_size_and_alignment_are_aligned_and_writable(void)
{
    size_t most = CHUNK < MIB ? CHUNK : MIB;

    core_start_pages(page);
    for (size_t alignment = page; alignment <= CHUNK; alignment *= 2)
        for (size_t size = UNIT > page ? UNIT : page; size <= most; size *= 2) {
            size_t whole = pages_round(size + size / 3);
            bool zero;
            char *p = pages_take(whole, alignment, &zero);

            require_pages(p, whole, alignment);
            require(!zero || core_reads_only(p, whole, 0));
            memset(p, 1, whole);
            pages_give(p, whole, false);
        }
    require_equal(used_granules(), 0);
}

static void new_memory_is_zero_and_known_to_be(void)
{
    bool zero = false;
    char *p;

    core_start_pages(page);
    p = pages_take(CHUNK, page, &zero);
    require(p != NULL && zero);
    require(core_reads_only(p, CHUNK, 0));
}

static void given_back_memory_is_known_to_be_zero_only_if_said_so(void)
{
    bool zero;
    char *p;

    core_start_pages(page);
    p = pages_take(CHUNK, page, &zero);
    memset(p, 7, CHUNK);
    pages_give(p, CHUNK, false);
    require(pages_take_behind(p + page, CHUNK - page, &zero) && !zero);
    require(vm_purge(p, CHUNK));
    pages_give(p + page, CHUNK - page, true);
    zero = false;
    require(pages_take_behind(p + page, CHUNK - page, &zero) && zero);
    require(core_reads_only(p, CHUNK, 0));
}

static void one_dirty_page_makes_the_run_not_zero(void)
{
    bool zero = true;
    char *p;

    core_start_pages(page);
    p = pages_take(4 * CHUNK, CHUNK, &zero);
    require(p != NULL && zero);
    p[CHUNK] = 1;
    pages_give(p, CHUNK, true);
    pages_give(p + CHUNK, page, false);
    pages_give(p + CHUNK + page, 3 * CHUNK - page, true);
    require(pages_take_behind(p + page, CHUNK - page, &zero) && zero);
    require(pages_take_behind(p + CHUNK, 3 * CHUNK, &zero) && !zero);
}

static void exact_range_is_taken_if_it_is_free(void)
{
    bool zero;
    char *p;
    int local;

    core_start_pages(page);
    p = pages_take(CHUNK, CHUNK, &zero);
    require(p != NULL);
    require(!pages_take_behind(p + page, page, &zero));
    pages_give(p + CHUNK / 2, CHUNK / 2, false);
    require(!pages_take_behind(p + CHUNK / 2 - page, 2 * page, &zero));
    require(pages_take_behind(p + CHUNK / 2, page, &zero));
    require(!pages_take_behind(p + CHUNK / 2, page, &zero));
    require(pages_take_behind(p + CHUNK - page, page, &zero));
    require(!pages_take_behind((char *)&local - (uintptr_t)&local % page, page, &zero));
    require_equal(used_granules(), (CHUNK / 2 + 2 * page) / GRANULE);
}

// Where two slots meet, with room on both sides that nothing is in.
static char *free_edge(void)
{
    uintptr_t edge = 0;
    void *p;

    do {
        edge += SLOT;
        require(edge != 0);
        p = mmap((void *)(edge - MIB), 2 * MIB, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
        if (p != MAP_FAILED && p != (void *)(edge - MIB))
            munmap(p, 2 * MIB);
    } while (p != (void *)(edge - MIB));
    return (char *)edge;
}

// Two slots side by side, free on both sides of where they meet.
static void run_is_not_lengthened_into_the_next_slot(void)
{
    char *edge;
    bool zero;

    core_start_pages(page);
    edge = free_edge();
    lock_take(LOCK_GROW);
    require(directory_add_slot(edge - 1) && directory_add_slot(edge));
    require(directory_commit(edge - MIB, MIB) && directory_commit(edge, MIB));
    lock_take(LOCK_EXTENT);
    extent_add(edge - MIB / 2, MIB / 2 / GRANULE, false);
    extent_add(edge, MIB / GRANULE, false);
    lock_give(LOCK_EXTENT);
    lock_give(LOCK_GROW);
    require(!pages_take_behind(edge, page, &zero));
    require(!pages_take_behind(edge - page, 2 * page, &zero));
    require(pages_take_behind(edge - page, page, &zero));
}

static void free_addresses_are_told_from_used_ones(void)
{
    bool zero;
    char *p;

    core_start_pages(page);
    p = pages_take(CHUNK, page, &zero);
    require(!pages_are_free(p) && !pages_are_free(p + CHUNK - 1));
    pages_give(p + page, page, false);
    require(pages_are_free(p + page) && pages_are_free(p + 2 * page - 1));
    require(!pages_are_free(p + page - 1) && !pages_are_free(p + 2 * page));
}

static void take_random(struct core_random *r, struct run *run)
{
    size_t least = UNIT > page ? UNIT : page;
    size_t alignment = page << core_random_below(r, 4);
    bool zero;

    run->size = pages_round(least + core_random_below(r, 20 * least));
    run->start = pages_take(run->size, alignment, &zero);
    require_pages(run->start, run->size, alignment);
    require(!zero || core_reads_only(run->start, run->size, 0));
    run->fill = (char)(1 + core_random_below(r, 100));
    memset(run->start, run->fill, run->size);
}

static void give(struct core_random *r, struct run *run)
{
    bool clean = core_random_below(r, 8) == 0;

    require(core_reads_only(run->start, run->size, run->fill));
    require(!clean || vm_purge(run->start, run->size));
    pages_give(run->start, run->size, clean);
    run->start = NULL;
}

// No byte of a run is another's, and what is said to be zero is.
static void work_at_random(struct core_random *r, int steps)
{
    struct run runs[RUNS] = {{NULL, 0, 0}};

    for (int step = 0; step < steps; step++) {
        struct run *run = &runs[core_random_below(r, RUNS)];

        if (run->start == NULL)
            take_random(r, run);
        else
            give(r, run);
    }
    for (int i = 0; i < RUNS; i++)
        if (runs[i].start != NULL)
            give(r, &runs[i]);
}

static void random_runs_never_overlap_and_all_come_back(void)
{
    struct core_random r = core_random_start();

    core_start_pages(page);
    work_at_random(&r, STEPS / (int)(page / 4096));
    require_equal(used_granules(), 0);
}

static void *work_in_thread(void *arg)
{
    struct core_random r = {core_seed + 0x9e3779b97f4a7c15u * ((uintptr_t)arg + 1)};

    work_at_random(&r, STEPS / 4 / (int)(page / 4096));
    return NULL;
}

static void threads_never_share_a_run(void)
{
    pthread_t threads[THREADS];

    core_start_pages(page);
    core_random_start();
    core_start_threads(threads, THREADS, work_in_thread);
    core_join_threads(threads, THREADS);
    require_equal(used_granules(), 0);
}

static void refused_memory_gives_null_until_there_is_some(void)
{
    bool zero;
    char *p;

    core_start_pages(page);
    atomic_store(&core_failing.all, true);
    require(pages_take(CHUNK, page, &zero) == NULL);
    require_equal(used_granules(), 0);
    atomic_store(&core_failing.all, false);
    p = pages_take(CHUNK, page, &zero);
    require(p != NULL);
    pages_give(p, CHUNK, false);
    atomic_store(&core_failing.all, true);
    require(pages_take(CHUNK, page, &zero) == p);
    require(pages_take(64 * CHUNK, page, &zero) == NULL);
    require_equal(used_granules(), CHUNK / GRANULE);
}

static void each_refused_call_leaves_the_accounts_right(void)
{
    core_start_pages(page);
    for (int n = 1; n < 24; n++) {
        size_t size = pages_round((size_t)n * 5 * UNIT);
        bool zero;
        char *p;

        atomic_store(&core_failing.countdown, n % 12);
        p = pages_take(size, page, &zero);
        require(p == NULL || !zero || core_reads_only(p, size, 0));
        require_equal(extent_totals.used, p == NULL ? 0 : size / GRANULE);
        if (p != NULL) {
            memset(p, 1, size);
            pages_give(p, size, false);
        }
        require_equal(used_granules(), 0);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(rounding_gives_whole_pages),
        alone(runs_of_every_size_and_alignment_are_aligned_and_writable),
        alone(new_memory_is_zero_and_known_to_be),
        alone(given_back_memory_is_known_to_be_zero_only_if_said_so),
        alone(one_dirty_page_makes_the_run_not_zero),
        alone(exact_range_is_taken_if_it_is_free),
        alone(run_is_not_lengthened_into_the_next_slot),
        alone(free_addresses_are_told_from_used_ones),
        alone(random_runs_never_overlap_and_all_come_back),
        alone(threads_never_share_a_run),
        alone(refused_memory_gives_null_until_there_is_some),
        alone(each_refused_call_leaves_the_accounts_right),
    };
    static const char *const names[] = {"pages_of_4k", "pages_of_16k", "pages_of_64k"};
    int failed = 0;

    // Smaller pages than the kernel's cannot be had.
    for (int i = 0; i < 3; i++) {
        page = page_sizes[i];
        if (page < os_page_size())
            continue;
        failed += cmocka_run_group_tests_name(names[i], tests, NULL, NULL);
    }
    return failed;
}
