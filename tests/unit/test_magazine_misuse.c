// SPDX-License-Identifier: MIT
// What the application broke, as magazines and the frees behind them find it.
#include "tls/magazine.h"

#include "base/option.h"

#include "core_cache.h"

enum { MOST = 2048, BIN = 31 };

static struct thread_cache *const a = &cache_a;
static void *blocks[MOST];

static void list_longer_than_what_is_out(void)
{
    struct block *p;
    struct desc *d;

    core_start_caches();
    p = core_take(a, BIN);
    d = core_slab_of(p);
    magazine_return(a, d, p, p, slab_out_count(d) + 1);
}

static void top_of_the_list_freed_again(void)
{
    size_t n;

    core_start_caches();
    n = core_take_slab(a, BIN, blocks);
    require(n > 1);
    core_give(a, blocks[0]);
    magazine_free(a, core_slab_of(blocks[0]), blocks[0]);
}

static void block_freed_twice_by_another_thread(void)
{
    void *p;

    core_start_caches();
    p = core_take(a, 0);
    core_give(&cache_b, p);
    core_give(&cache_b, p);
}

static void link_overwritten_in_the_magazine(void)
{
    core_start_caches();
    for (int i = 0; i < 7; i++)
        core_take(a, 0);
    require(a->head[0] != NULL);
    a->head[0]->next = (struct block *)blocks;
    magazine_release_all(a);
}

static void misuse_is_reported(void **state)
{
    static const struct {
        void (*body)(void);
        const char *reason;
    } misuses[] = {
        {list_longer_than_what_is_out, "double free"},
        {top_of_the_list_freed_again, "double free"},
        {block_freed_twice_by_another_thread, "double free"},
        {link_overwritten_in_the_magazine, "corrupted free list"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(misuses) / sizeof(misuses[0]); i++) {
        struct child child;

        options.on_error = ON_ERROR_ABORT;
        child = core_child(misuses[i].body);
        assert_int_equal(child.signal, SIGABRT);
        assert_non_null(strstr(child.text, misuses[i].reason));
        options.on_error = ON_ERROR_IGNORE;
        child = core_child(misuses[i].body);
        assert_int_equal(child.signal, 0);
        assert_int_equal(child.status, 0);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
