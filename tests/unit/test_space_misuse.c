// SPDX-License-Identifier: MIT
// What a program must not do with spaces: each is told in a line, and after a warning the space
// is sound.
#include "core_space.h"

#include "tls/thread.h"
#include "vm/pages.h"

static const size_t kinds[] = {100, 5000, 100 * KIB, RUN_MAX + 1};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static size_t size;
static struct ikyo_space *space, *other;
static char *p;

static void start(void)
{
    init_ensure();
    options.on_error = ON_ERROR_WARN;
    space = ikyo_space_create(NULL);
    other = ikyo_space_create(NULL);
    // The slab that p is in has other blocks out, unless it is large.
    require(ikyo_space_alloc(space, size) != NULL);
    p = ikyo_space_alloc(space, size);
}

static void end(size_t blocks)
{
    require_equal(ikyo_space_stats(space).blocks, blocks);
    require_sound(space);
    require_sound(other);
    require(ikyo_space_alloc(space, size) != ikyo_space_alloc(space, size));
}

static void freed_twice(void)
{
    start();
    ikyo_space_free(space, p);
    ikyo_space_free(space, p);
    end(1);
}

static void freed_twice_by_free(void)
{
    start();
    free_block(p);
    free_block(p);
    end(1);
}

static void freed_twice_by_both(void)
{
    start();
    free_block(p);
    ikyo_space_free(space, p);
    end(1);
}

static void *free_elsewhere(void *arg)
{
    free_block(p);
    return arg;
}

static void freed_twice_by_another_thread(void)
{
    pthread_t thread;

    start();
    ikyo_space_free(space, p);
    core_start_threads(&thread, 1, free_elsewhere);
    core_join_threads(&thread, 1);
    end(1);
}

static void block_of_another_space(void)
{
    start();
    ikyo_space_free(other, p);
    end(2);
}

static void block_of_malloc(void)
{
    char *q;

    start();
    q = alloc_block(size);
    ikyo_space_free(space, q);
    memset(q, 1, size);
    free_block(q);
    end(2);
}

static void block_of_malloc_to_no_space(void)
{
    char *q;

    start();
    q = alloc_block(size);
    ikyo_space_free(NULL, q);
    memset(q, 1, size);
    free_block(q);
    end(2);
}

static void resized_in_no_space(void)
{
    char *q;

    start();
    q = alloc_block(size);
    require(ikyo_space_realloc(NULL, q, 10) == NULL);
    free_block(q);
    end(2);
}

static void pointer_to_the_stack(void)
{
    start();
    ikyo_space_free(space, &(char){0});
    end(2);
}

static void resized_in_another_space(void)
{
    start();
    require(ikyo_space_realloc(other, p, 10) == NULL);
    end(2);
}

static void pointer_into_a_block(void)
{
    start();
    ikyo_space_free(space, p + 8);
    end(2);
}

static void freed_after_destroy(void)
{
    start();
    ikyo_space_destroy(space);
    free_block(p);
}

static void alloc_after_destroy(void)
{
    start();
    ikyo_space_destroy(space);
    require(ikyo_space_alloc(space, size) == NULL);
}

static void space_free_after_destroy(void)
{
    start();
    ikyo_space_destroy(space);
    ikyo_space_free(space, p);
}

static void destroyed_twice(void)
{
    start();
    ikyo_space_destroy(space);
    ikyo_space_destroy(space);
}

static void reset_after_destroy(void)
{
    start();
    ikyo_space_destroy(space);
    ikyo_space_reset(space);
    require_equal(ikyo_space_stats(space).bytes, 0);
    require_equal(ikyo_space_limit(space), 0);
}

static void expect(void (*body)(void), const char *call, const char *reason)
{
    for (size_t i = 0; i < KINDS; i++) {
        struct child child;
        const char *line;

        size = kinds[i];
        child = core_child(body);
        if (child.signal != 0 || child.status != 0 || strstr(child.text, reason) == NULL)
            print_error("%zu bytes: %s\n", size, child.text);
        assert_int_equal(child.signal, 0);
        assert_int_equal(child.status, 0);
        line = strchr(child.text, '\n');
        assert_true(line != NULL && line[1] == '\0');
        assert_non_null(strstr(child.text, call));
        assert_non_null(strstr(child.text, reason));
    }
}

static void misuse_is_told_in_one_line(void **state)
{
    static const struct {
        void (*body)(void);
        const char *call, *reason;
    } cases[] = {
        {freed_twice, "ikyo_space_free(", "double free"},
        {freed_twice_by_free, "free(", "double free"},
        {freed_twice_by_both, "ikyo_space_free(", "double free"},
        {freed_twice_by_another_thread, "free(", "double free"},
        {block_of_another_space, "ikyo_space_free(", "not a block of this space"},
        {block_of_malloc, "ikyo_space_free(", "not a block of this space"},
        {block_of_malloc_to_no_space, "ikyo_space_free(", "not a block of this space"},
        {resized_in_no_space, "ikyo_space_realloc(", "not a block of this space"},
        {pointer_to_the_stack, "ikyo_space_free(", "not a block of this space"},
        {resized_in_another_space, "ikyo_space_realloc(", "not a block of this space"},
        {pointer_into_a_block, "ikyo_space_free(", "invalid pointer"},
        {freed_after_destroy, "free(", "double free"},
        {alloc_after_destroy, "ikyo_space_alloc(", "the space was destroyed"},
        {space_free_after_destroy, "ikyo_space_free(", "the space was destroyed"},
        {destroyed_twice, "ikyo_space_destroy(", "the space was destroyed"},
        {reset_after_destroy, "ikyo_space_reset(", "the space was destroyed"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect(cases[i].body, cases[i].call, cases[i].reason);
}

// Who frees may look at the slab before another thread ends it, and be let in after.
static void address_that_is_no_block_of_the_slab_is_refused(void)
{
    size = 100;
    start();
    require(!space_free_block(find_slab(p), p + BLOCK_ALIGNMENT));
    require(space_free_block(find_slab(p), p));
    require(!space_free_block(find_slab(p), p));
    end(1);
}

// By then no block of the slab is out, and the list of free ones has another one on top.
static void freed_twice_in_an_empty_slab(void)
{
    char *first, *second;

    init_ensure();
    options.on_error = ON_ERROR_WARN;
    space = ikyo_space_create(NULL);
    first = ikyo_space_alloc(space, 100);
    second = ikyo_space_alloc(space, 100);
    ikyo_space_free(space, first);
    ikyo_space_free(space, second);
    require_equal(space->kept_bytes, pages_round(UNIT));
    ikyo_space_free(space, first);
    require_equal(ikyo_space_stats(space).blocks, 0);
    require_sound(space);
}

static void second_free_in_an_empty_slab_is_told(void **state)
{
    struct child child = core_child(freed_twice_in_an_empty_slab);

    (void)state;
    assert_int_equal(child.signal, 0);
    assert_int_equal(child.status, 0);
    assert_non_null(strstr(child.text, "double free"));
}

static void overwritten_link(void)
{
    size = 100;
    start();
    ikyo_space_free(space, p);
    *(void **)p = &size;
    require(ikyo_space_alloc(space, size) == p);
    for (int i = 0; i < 3000; i++)
        memset(ikyo_space_alloc(space, size), 1, size);
    require_sound(space);
}

static void write_after_free_to_a_link_is_found(void **state)
{
    (void)state;
    struct child child = core_child(overwritten_link);

    assert_int_equal(child.signal, 0);
    assert_int_equal(child.status, 0);
    assert_non_null(strstr(child.text, "corrupted free list"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse_is_told_in_one_line),
        alone(address_that_is_no_block_of_the_slab_is_refused),
        cmocka_unit_test(second_free_in_an_empty_slab_is_told),
        cmocka_unit_test(write_after_free_to_a_link_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
