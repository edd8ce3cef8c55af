// SPDX-License-Identifier: MIT
// The start: once, by whoever comes first, with or without an environment.
#include "init.h"

#include "alloc.h"
#include "base/option.h"
#include "tls/thread_cache.h"

#include "core.h"
#include "core_tsan.h"

enum { THREADS = 4 };

static void start_is_done_once_and_leaves_the_library_usable(void)
{
    require_equal(atomic_load(&init_stage), INIT_NONE);
    init_ensure();
    require_equal(atomic_load(&init_stage), INIT_DONE);
    require_equal(vm_page_size(), os_page_size());
    options.verbose = 1;
    init_start();
    init_ensure();
    require_equal(options.verbose, 1);
    free_block(alloc_block(1));
}

static void first_allocation_starts_the_library(void)
{
    void *p = alloc_block(10);

    require(p != NULL);
    require_equal(atomic_load(&init_stage), INIT_DONE);
}

static void first_free_of_null_is_harmless_before_the_start(void)
{
    free_block(NULL);
    require_equal(alloc_usable_size(NULL), 0);
    require(alloc_block(1) != NULL);
}

static void environment_is_read_at_the_start(void)
{
    setenv("IKYO_OPTIONS", "purge_delay=7ms,guard=off", 1);
    init_ensure();
    require_equal(options.purge_delay, 7);
    require_equal(options.guard, GUARD_OFF);
}

static void environment_that_comes_later_is_read_then(void)
{
    static char setting[] = "IKYO_OPTIONS=purge_delay=9ms";
    static char *late[] = {setting, NULL};
    char **before = environ;

    environ = NULL;
    require(alloc_block(10) != NULL);
    require_equal(atomic_load(&init_stage), INIT_PARTIAL);
    require_equal(options.purge_delay, 200);
    environ = late;
    require(alloc_block(RUN_MAX) != NULL);
    require_equal(atomic_load(&init_stage), INIT_DONE);
    require_equal(options.purge_delay, 9);
    environ = before;
}

static void perturb_of_the_environment_holds_from_the_first_block_on(void)
{
    char *p;

    setenv("IKYO_PERTURB", "90", 1);
    p = alloc_block(100);
    require(core_reads_only(p, 100, (char)~90));
    p = alloc_block(100);
    require(core_reads_only(p, 100, (char)~90));
    require(cache_current() == &empty_cache);
}

static pthread_barrier_t barrier;

static void *start_together(void *arg)
{
    void *p;

    pthread_barrier_wait(&barrier);
    p = alloc_block((uintptr_t)arg * 1000 + 1);
    require(p != NULL);
    require_equal(atomic_load(&init_stage), INIT_DONE);
    free_block(p);
    return NULL;
}

static void threads_that_start_it_together_all_find_it_done(void)
{
    pthread_t threads[THREADS];

    require_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
    core_start_threads(threads, THREADS, start_together);
    core_join_threads(threads, THREADS);
    require(cache_ever_two());
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(start_is_done_once_and_leaves_the_library_usable),
        alone(first_allocation_starts_the_library),
        alone(first_free_of_null_is_harmless_before_the_start),
        alone(environment_is_read_at_the_start),
        alone(environment_that_comes_later_is_read_then),
        alone(perturb_of_the_environment_holds_from_the_first_block_on),
        alone(threads_that_start_it_together_all_find_it_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
