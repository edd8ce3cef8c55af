// SPDX-License-Identifier: MIT
// Large blocks: their place, their length in place, the thread's cache of them, their guards.
#include "large/run.h"

#include "base/lock.h"
#include "base/option.h"
#include "binned/slab.h"
#include "vm/extent.h"
#include "vm/pages.h"

#include "core.h"
#include "core_syscall.h"
#include "fault_probe.h"

enum { RUNS = 24, STEPS = 3000 };

static struct run_cache cache;
static size_t unit; // the length of the shortest run

static size_t used(void)
{
    size_t granules;

    lock_take(LOCK_EXTENT);
    extent_check();
    granules = extent_totals.used;
    lock_give(LOCK_EXTENT);
    return granules << GRANULE_SHIFT;
}

static void start(void)
{
    core_start_pages(os_page_size());
    unit = pages_round(UNIT);
    options.thread_cache = 32 * unit;
}

static char *take(size_t size)
{
    bool zero;
    char *p = run_alloc(&cache, size, BLOCK_ALIGNMENT, &zero);

    require(p != NULL);
    require_equal(desc_kind(desc_at(p)), KIND_RUN);
    require(desc_at(p)->base == p);
    require(run_usable_size(desc_at(p)) >= size);
    return p;
}

static void give(char *p)
{
    require(run_free(&cache, desc_at(p), p));
}

static void every_size_and_alignment_is_served(void)
{
    start();
    for (size_t size = 1; size <= RUN_MAX && size <= 4 * MIB; size = size * 3 / 2 + 1)
        for (size_t alignment = 1; alignment <= CHUNK; alignment *= 4) {
            bool zero;
            char *p = run_alloc(&cache, size, alignment, &zero);

            require(p != NULL);
            require_equal((uintptr_t)p & (alignment - 1), 0);
            require_equal((uintptr_t)p & (vm_page_size() - 1), 0);
            require(run_usable_size(desc_at(p)) >= (size < unit ? unit : size));
            require(!zero || core_reads_only(p, run_usable_size(desc_at(p)), 0));
            memset(p, 1, run_usable_size(desc_at(p)));
            give(p);
        }
    run_cache_release(&cache);
    require_equal(used(), 0);
}

static void largest_run_is_served(void)
{
    start();
    require(run_usable_size(desc_at(take(RUN_MAX))) == RUN_MAX);
}

static void freed_run_is_reused_for_nearly_its_size(void)
{
    char *p;

    start();
    p = take(10 * unit);
    give(p);
    require_equal(atomic_load(&cache.bytes), 10 * unit);
    require(take(9 * unit) == p);
    require_equal(atomic_load(&cache.bytes), 0);
    require_equal(run_usable_size(desc_at(p)), 10 * unit);
    give(p);
    require(take(10 * unit) == p);
}

static void cached_run_does_not_serve_what_it_does_not_fit(void)
{
    bool zero;
    char *p;

    start();
    p = take(10 * unit);
    give(p);
    require(take(10 * unit + 1) != p);
    require(take(4 * unit) != p);
    require_equal(atomic_load(&cache.bytes), 10 * unit);
    if (((uintptr_t)p & (CHUNK - 1)) != 0)
        require(run_alloc(&cache, 10 * unit, CHUNK, &zero) != p);
    require(take(10 * unit) == p);
}

static void reused_run_is_not_said_to_be_zero(void)
{
    bool zero = true;
    char *p;

    start();
    p = take(8 * unit);
    memset(p, 7, 8 * unit);
    give(p);
    require(run_alloc(&cache, 8 * unit, BLOCK_ALIGNMENT, &zero) == p);
    require(!zero);
}

static void cache_keeps_a_few_runs_and_no_more_bytes_than_the_option(void)
{
    char *p[2 * CACHED_RUNS];

    start();
    for (int i = 0; i < 2 * CACHED_RUNS; i++)
        p[i] = take(unit);
    for (int i = 0; i < 2 * CACHED_RUNS; i++)
        give(p[i]);
    require_equal(used(), CACHED_RUNS * unit);
    run_cache_release(&cache);
    require_equal(used(), 0);
    require_equal(atomic_load(&cache.bytes), 0);
    options.thread_cache = 2 * unit;
    give(take(2 * unit + 1));
    require_equal(used(), 0);
    give(take(2 * unit));
    require_equal(used(), 2 * unit);
}

static void run_freed_twice_is_refused(void)
{
    char *p, *q;

    start();
    p = take(4 * unit);
    q = take(64 * unit);
    give(p);
    require(!run_free(&cache, desc_at(p), p));
    options.thread_cache = 0;
    give(q);
    require(!run_free(&cache, desc_at(q), q));
}

static void free_of_anything_but_the_start_is_refused(void)
{
    char *p;

    start();
    p = take(4 * unit);
    require(!run_free(&cache, desc_at(p + 16), p + 16));
    require(!run_free(&cache, desc_at(p + 2 * unit), p + 2 * unit));
    require_equal(desc_kind(desc_at(p)), KIND_RUN);
    give(p);
}

static void run_shrinks_in_place(void)
{
    char *p;

    start();
    p = take(20 * unit);
    memset(p, 5, 20 * unit);
    require(run_resize(desc_at(p), 7 * unit + 1));
    require_equal(run_usable_size(desc_at(p)), pages_round(7 * unit + 1));
    require_equal(used(), pages_round(7 * unit + 1));
    require(core_reads_only(p, 7 * unit + 1, 5));
    require(run_resize(desc_at(p), 1));
    require_equal(run_usable_size(desc_at(p)), unit);
}

static void run_grows_in_place_where_there_is_room(void)
{
    char *p;

    start();
    p = take(12 * unit);
    memset(p, 5, 12 * unit);
    require(run_resize(desc_at(p), 2 * unit));
    require(run_resize(desc_at(p), 12 * unit));
    require_equal(run_usable_size(desc_at(p)), 12 * unit);
    require(core_reads_only(p, 2 * unit, 5));
    require_equal(used(), 12 * unit);
}

static void run_with_a_neighbour_does_not_grow(void)
{
    char *p, *q;

    start();
    p = take(12 * unit);
    require(run_resize(desc_at(p), 6 * unit));
    for (q = take(unit); q != p + 6 * unit; q = take(unit))
        ;
    require(!run_resize(desc_at(p), 12 * unit));
    require_equal(run_usable_size(desc_at(p)), 6 * unit);
}

static void vacated_run_is_free_and_clean(void)
{
    char *p;

    start();
    p = take(16 * unit);
    memset(p, 1, 16 * unit);
    require(vm_purge(p, 16 * unit));
    run_vacate(desc_at(p));
    require_equal(used(), 0);
    require_equal(extent_totals.dirty, 0);
    require(pages_are_free(p));
}

// Where the kernel has no guards that do not split a mapping there are none; sizes still hold.
static bool has_guards(void)
{
    char *p = vm_map(vm_page_size(), vm_page_size());

    return vm_guard_install(p, vm_page_size());
}

// Where there are none it is memory that lies behind a run, which can be written to.
static void start_guarded(void)
{
    start();
    give(take(16 * unit));
    run_cache_release(&cache);
    options.guard = GUARD_LARGE;
}

// What is served next in its place has no guard within.
static void give_guarded(char *p)
{
    give(p);
    run_cache_release(&cache);
    require_equal(used(), 0);
    options.guard = GUARD_OFF;
    p = take(8 * unit);
    memset(p, 1, 8 * unit);
}

static void guard_page_stands_behind_a_guarded_run(void)
{
    size_t usable;
    bool known;
    char *p;

    start_guarded();
    known = has_guards();
    p = take(3 * unit);
    usable = run_usable_size(desc_at(p));
    require(usable >= 3 * unit);
    memset(p, 1, usable);
    require_equal(fault_probe_write(p + usable), !known);
    require(run_resize(desc_at(p), 2 * unit));
    usable = run_usable_size(desc_at(p));
    require(usable >= 2 * unit);
    require_equal(fault_probe_write(p + usable), !known);
    require(run_resize(desc_at(p), 3 * unit));
    memset(p, 1, run_usable_size(desc_at(p)));
    give_guarded(p);
}

static void guarded_run_of_the_cache_has_its_guard_when_it_serves_again(void)
{
    char *p;

    start_guarded();
    p = take(3 * unit);
    give(p);
    require(take(3 * unit) == p);
    memset(p, 1, run_usable_size(desc_at(p)));
    require_equal(fault_probe_write(p + run_usable_size(desc_at(p))), !has_guards());
    give_guarded(p);
}

static void only_runs_are_found_held(void)
{
    struct desc *d;
    char *p;

    start();
    p = take(4 * unit);
    d = desc_at(p);
    require_equal(run_hold(d), has_guards());
    if (!has_guards())
        return;
    require(run_find_held(p + 2 * unit) == d);
    require(run_open_held(d));
    // What a slab of a space leaves behind that ended with blocks out.
    for (unsigned state = SLAB_LOOSE; state <= SLAB_WAITING; state++) {
        d->state = (uint8_t)(state & 7);
        require(run_find_held(p + 2 * unit) == NULL);
    }
}

static void refused_memory_gives_null(void)
{
    bool zero;

    start();
    atomic_store(&core_failing.all, true);
    require(run_alloc(&cache, unit, 16, &zero) == NULL);
    require_equal(used(), 0);
}

static void random_runs_keep_their_contents(void)
{
    struct core_random r = core_random_start();
    struct {
        char *p;
        size_t size;
        char fill;
    } held[RUNS] = {{NULL, 0, 0}};

    start();
    for (int step = 0; step < STEPS; step++) {
        size_t i = core_random_below(&r, RUNS);
        size_t size = 1 + core_random_below(&r, 12 * unit);

        if (held[i].p == NULL) {
            held[i].p = take(size);
        } else {
            require(core_reads_only(held[i].p, held[i].size, held[i].fill));
            if (core_random_below(&r, 2) == 0 || !run_resize(desc_at(held[i].p), size)) {
                give(held[i].p);
                held[i].p = NULL;
                continue;
            }
        }
        held[i].size = size;
        held[i].fill = (char)(1 + step % 100);
        memset(held[i].p, held[i].fill, size);
    }
    for (int i = 0; i < RUNS; i++)
        if (held[i].p != NULL)
            give(held[i].p);
    run_cache_release(&cache);
    require_equal(used(), 0);
}

static _Atomic(bool) stop;

static void *empty_the_cache(void *arg)
{
    while (!atomic_load(&stop))
        run_cache_release(&cache);
    return arg;
}

static void another_thread_may_empty_the_cache_at_any_time(void)
{
    pthread_t thread;

    start();
    core_start_threads(&thread, 1, empty_the_cache);
    for (int i = 0; i < 2000; i++) {
        char *p = take(4 * unit), *q = take(5 * unit);

        require(p != q);
        p[0] = q[0] = 1;
        give(p);
        give(q);
    }
    atomic_store(&stop, true);
    core_join_threads(&thread, 1);
    run_cache_release(&cache);
    require_equal(used(), 0);
    require_equal(atomic_load(&cache.bytes), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(every_size_and_alignment_is_served),
        alone(largest_run_is_served),
        alone(freed_run_is_reused_for_nearly_its_size),
        alone(cached_run_does_not_serve_what_it_does_not_fit),
        alone(reused_run_is_not_said_to_be_zero),
        alone(cache_keeps_a_few_runs_and_no_more_bytes_than_the_option),
        alone(run_freed_twice_is_refused),
        alone(free_of_anything_but_the_start_is_refused),
        alone(run_shrinks_in_place),
        alone(run_grows_in_place_where_there_is_room),
        alone(run_with_a_neighbour_does_not_grow),
        alone(vacated_run_is_free_and_clean),
        alone(guard_page_stands_behind_a_guarded_run),
        alone(guarded_run_of_the_cache_has_its_guard_when_it_serves_again),
        alone(only_runs_are_found_held),
        alone(refused_memory_gives_null),
        alone(random_runs_keep_their_contents),
        alone(another_thread_may_empty_the_cache_at_any_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
