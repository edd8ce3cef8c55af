// SPDX-License-Identifier: MIT
// realloc between and within all kinds of blocks, and the size of a block.
#include "alloc.h"

#include "base/option.h"
#include "init.h"
#include "large/registry.h"
#include "vm/pages.h"

#include "core.h"
#include "core_syscall.h"

enum { HELD = 60, STEPS = 4000 };

static void fill(char *p, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i += 61)
        p[i] = (char)(i * 7 + seed);
}

static void require_filled(const char *p, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i += 61)
        require_equal(p[i], (char)(i * 7 + seed));
}

static void contents_are_kept_between_every_two_sizes(void)
{
    static const size_t sizes[] = {
        1, 17, 600, 5000, 32768, 32769, 100000, MIB - 1, 3 * MIB, RUN_MAX + 1, RUN_MAX + 5 * MIB};
    enum { COUNT = sizeof(sizes) / sizeof(sizes[0]) };

    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < COUNT; j++) {
            size_t kept = sizes[i] < sizes[j] ? sizes[i] : sizes[j];
            char *p = alloc_block(sizes[i]);

            require(p != NULL);
            fill(p, sizes[i], (unsigned)(i + j));
            p = alloc_resize(p, sizes[j]);
            require(p != NULL && alloc_usable_size(p) >= sizes[j]);
            require_filled(p, kept, (unsigned)(i + j));
            memset(p, 1, sizes[j]);
            free_block(p);
        }
}

static void null_is_a_new_block_and_zero_frees(void)
{
    void *p = alloc_resize(NULL, 100);

    require(p != NULL);
    for (int i = 0; i < 20; i++)
        require(alloc_block(100) != p);
    require(alloc_resize(p, 0) == NULL);
    while (cache_current()->head[bin_of(100)] != NULL)
        require(alloc_block(100) != p);
    require(alloc_block(100) == p);
}

static void small_block_stays_while_it_is_more_than_half_used(void)
{
    char *p = alloc_block(1000);
    size_t usable = alloc_usable_size(p);

    require(alloc_resize(p, usable) == p);
    require(alloc_resize(p, usable / 2 + 1) == p);
    require(alloc_resize(p, usable / 2) != p);
}

static void block_that_grows_by_little_gets_a_quarter_more(void)
{
    static const size_t sizes[] = {16, 64, 1024, 5 * KIB, 12 * KIB};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char *p = alloc_resize(alloc_block(sizes[i]), sizes[i] + 1);
        size_t least = sizes[i] + sizes[i] / 4;

        require_equal(alloc_usable_size(p), bin_size(bin_of(least)));
        require_equal(alloc_usable_size(alloc_resize(p, 2 * least)), bin_size(bin_of(2 * least)));
    }
}

static void run_stays_while_it_shrinks_to_a_run(void)
{
    char *p = alloc_block(200 * KIB);

    require(alloc_resize(p, 100 * KIB) == p);
    require_equal(alloc_usable_size(p), pages_round(100 * KIB));
    require(alloc_resize(p, BIN_MAX + 1) == p);
    require(alloc_resize(p, BIN_MAX) != p);
}

static void large_run_moves_its_pages_to_a_mapping(void)
{
    char *p = alloc_block(RUN_MAX - 100), *q;

    init_ensure();
    fill(p, RUN_MAX - 100, 3);
    q = alloc_resize(p, RUN_MAX + MIB);
    require(q != NULL && registry_find(q) != NULL);
    require_filled(q, RUN_MAX - 100, 3);
    free_block(q);
}

static void mapping_that_shrinks_a_lot_becomes_a_small_block(void)
{
    char *p = alloc_block(RUN_MAX + MIB), *q;

    fill(p, 1000, 3);
    require(alloc_resize(p, RUN_MAX / 2 + MIB / 2) == p);
    q = alloc_resize(p, 1000);
    require(q != p && registry_find(q) == NULL);
    require_filled(q, 1000, 3);
}

static void refused_growth_keeps_the_block(void)
{
    static const size_t sizes[] = {100, 20000, 200 * KIB, RUN_MAX + MIB};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char *p = alloc_block(sizes[i]);

        fill(p, sizes[i], 5);
        errno = 0;
        require(alloc_resize(p, CORE_IMPOSSIBLE) == NULL && errno == ENOMEM);
        errno = 0;
        require(alloc_resize(p, SIZE_MAX) == NULL && errno == ENOMEM);
        atomic_store(&core_failing.all, true);
        errno = 0;
        require(alloc_resize(p, 100 * RUN_MAX) == NULL && errno == ENOMEM);
        atomic_store(&core_failing.all, false);
        require_filled(p, sizes[i], 5);
        require(alloc_usable_size(p) >= sizes[i]);
        free_block(p);
    }
}

static void shrinking_without_memory_gives_back_what_it_can(void)
{
    static const size_t sizes[] = {4 * BIN_MAX, RUN_MAX + MIB};
    char *blocks[2];

    for (int i = 0; i < 2; i++)
        blocks[i] = alloc_block(sizes[i]);
    // What makes memory writable fails, and nothing that gives it back.
    atomic_store(&core_failing.number, SYS_mprotect);
    atomic_store(&core_failing.all, true);
    while (alloc_block(1000) != NULL) {
    }
    for (int i = 0; i < 2; i++) {
        fill(blocks[i], 1000, 6);
        require(alloc_resize(blocks[i], 1000) == blocks[i]);
        require_filled(blocks[i], 1000, 6);
        require(alloc_usable_size(blocks[i]) <= pages_round(UNIT));
        while (alloc_block(1000) != NULL) {
        }
    }
}

static void success_keeps_errno(void)
{
    char *p = NULL;

    for (size_t size = 1; size <= 2 * RUN_MAX; size = size * 3 + 1) {
        errno = 31;
        p = alloc_resize(p, size);
        require(p != NULL && errno == 31);
    }
}

static void usable_size_is_what_may_be_used(void)
{
    require_equal(alloc_usable_size(NULL), 0);
    for (size_t size = 1; size <= RUN_MAX + MIB; size = size * 5 / 3 + 1) {
        char *p = alloc_block(size);
        size_t usable = alloc_usable_size(p);

        require(usable >= size);
        memset(p, 1, usable);
        require(alloc_resize(p, usable) == p);
        free_block(p);
    }
}

static void random_resizes_keep_contents_though_memory_is_refused(void)
{
    struct core_random r = core_random_start();
    struct {
        char *p;
        size_t size;
    } held[HELD] = {{NULL, 0}};

    init_ensure();
    for (int step = 0; step < STEPS; step++) {
        size_t i = core_random_below(&r, HELD);
        size_t most = core_random_below(&r, 20) == 0 ? 2 * MIB : 50000;
        size_t size = 1 + core_random_below(&r, most);
        char *p;

        atomic_store(&core_failing.countdown, step % 3 ? 0 : 1 + (int)core_random_below(&r, 4));
        p = alloc_resize(held[i].p, size);
        if (p == NULL) {
            if (held[i].p != NULL)
                require_filled(held[i].p, held[i].size, (unsigned)i);
            continue;
        }
        require_filled(p, held[i].size < size ? held[i].size : size, (unsigned)i);
        held[i].p = p;
        held[i].size = size;
        fill(p, size, (unsigned)i);
    }
    require(atomic_load(&core_failed) > 0);
}

static char *bad;

static void resize_it(void)
{
    require(alloc_resize(bad, 100) == NULL);
}

static void ask_its_size(void)
{
    require_equal(alloc_usable_size(bad), 0);
}

static void bad_pointers_are_reported_by_the_call(void **state)
{
    char *small = alloc_block(100), *run = alloc_block(100 * KIB), *huge = alloc_block(2 * RUN_MAX);
    char *gone = alloc_block(2 * RUN_MAX);
    char *const pointers[] = {small + 8, run + 16, run + UNIT, huge + 16, gone};

    (void)state;
    free_block(gone);
    for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++) {
        struct child child;

        bad = pointers[i];
        child = core_child(resize_it);
        assert_int_equal(child.signal, SIGABRT);
        assert_ptr_equal(strstr(child.text, "ikyoalloc: realloc(0x"), child.text);
        assert_non_null(strstr(child.text, "): invalid pointer\n"));
        options.on_error = ON_ERROR_IGNORE;
        assert_int_equal(core_child(resize_it).status, 0);
        assert_int_equal(core_child(ask_its_size).status, 0);
        options.on_error = ON_ERROR_ABORT;
        child = core_child(ask_its_size);
        assert_int_equal(child.signal, SIGABRT);
        assert_ptr_equal(strstr(child.text, "ikyoalloc: malloc_usable_size(0x"), child.text);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(contents_are_kept_between_every_two_sizes),
        alone(null_is_a_new_block_and_zero_frees),
        alone(small_block_stays_while_it_is_more_than_half_used),
        alone(block_that_grows_by_little_gets_a_quarter_more),
        alone(run_stays_while_it_shrinks_to_a_run),
        alone(large_run_moves_its_pages_to_a_mapping),
        alone(mapping_that_shrinks_a_lot_becomes_a_small_block),
        alone(refused_growth_keeps_the_block),
        alone(shrinking_without_memory_gives_back_what_it_can),
        alone(success_keeps_errno),
        alone(usable_size_is_what_may_be_used),
        alone(random_resizes_keep_contents_though_memory_is_refused),
        cmocka_unit_test(bad_pointers_are_reported_by_the_call),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
