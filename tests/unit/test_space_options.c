// SPDX-License-Identifier: MIT
// Spaces beside options that are about malloc, and what the empty slabs they keep wait for.
#include "core_space.h"

#include "debug/sample.h"
#include "tls/thread.h"

#include <unistd.h>

static struct ikyo_space *space;

static void start(const char *name, const char *value)
{
    setenv(name, value, 1);
    space = ikyo_space_create(NULL);
    require(space != NULL);
}

static char *take(struct ikyo_space *s, size_t size)
{
    char *p = ikyo_space_alloc(s, size);

    require(p != NULL && ikyo_space_owns(s, p));
    return p;
}

static void every_block_is_sampled_but_those_of_spaces(void)
{
    start("IKYO_SAMPLE", "1");
    for (size_t i = 0; i < SPACE_SIZES; i++) {
        char *p = take(space, space_sizes[i]), *plain = alloc_block(100);

        require(!sample_owns(p) && sample_owns(plain));
        p = alloc_resize(p, space_sizes[i] + 1000);
        require(!sample_owns(p) && ikyo_space_owns(space, p));
        require(ikyo_space_of(plain) == NULL);
        free_block(plain);
        if (i % 2)
            free_block(p);
        else
            ikyo_space_free(space, p);
        require_equal(ikyo_space_stats(space).blocks, 0);
        require_sound(space);
    }
}

static void sampled_block_is_not_of_a_space(void)
{
    char *plain;

    start("IKYO_SAMPLE", "1");
    options.on_error = ON_ERROR_WARN;
    plain = alloc_block(100);
    ikyo_space_free(space, plain);
    require(ikyo_space_realloc(space, plain, 10) == NULL);
    memset(plain, 1, 100);
    free_block(plain);
}

static void sampled_block_is_refused_in_a_line_each(void **state)
{
    struct child child = core_child(sampled_block_is_not_of_a_space);

    (void)state;
    assert_int_equal(child.signal, 0);
    assert_int_equal(child.status, 0);
    assert_non_null(strstr(child.text, "ikyo_space_free("));
    assert_non_null(strstr(child.text, "ikyo_space_realloc("));
    assert_null(strstr(child.text, "double free"));
}

static void perturb_leaves_blocks_of_spaces_alone(void)
{
    start("MALLOC_PERTURB_", "90");
    require(core_reads_only(alloc_block(100), 100, (char)~90));
    for (size_t i = 0; i < SPACE_SIZES; i++) {
        size_t size = space_sizes[i];
        char *p = ikyo_space_alloc_zeroed(space, 1, size);

        require(core_reads_only(p, size, 0));
        memset(p, 7, size);
        p = ikyo_space_realloc(space, p, size + 100);
        require(core_reads_only(p, size, 7));
        ikyo_space_free(space, p);
    }
}

// The first bytes are a link by then.
static void perturb_overwrites_what_free_gives_back_to_a_space(void)
{
    char *p, *q;

    start("MALLOC_PERTURB_", "90");
    take(space, 1000);
    p = memset(take(space, 1000), 7, 1000);
    q = memset(take(space, 1000), 7, 1000);
    free_block(p);
    ikyo_space_free(space, q);
    require(core_reads_only(p + 16, 1000 - 16, 90));
    require(core_reads_only(q + 16, 1000 - 16, 7));
    require_sound(space);
}

static void kept_slabs_are_bounded_by_the_option(void)
{
    start("IKYO_THREAD_CACHE", "0");
    for (size_t size = 16; size <= BIN_MAX; size *= 2)
        ikyo_space_free(space, take(space, size));
    require_equal(ikyo_space_stats(space).held_bytes, 0);
    require_equal(pages_used(), 0);
}

static void tick(void)
{
    struct thread_cache *t = thread_enter();

    upkeep_tick(t);
    thread_leave(t);
}

static void empty_slabs_go_back_when_their_space_is_idle(void)
{
    struct ikyo_space *busy = ikyo_space_create(NULL);

    start("IKYO_VERBOSE", "0");
    ikyo_space_free(space, take(space, 100));
    ikyo_space_free(space, take(space, 5000));
    require(ikyo_space_stats(space).held_bytes > 0);
    for (int ms = 0; ikyo_space_stats(space).held_bytes > 0; ms++) {
        require(ms < 5000);
        ikyo_space_free(busy, take(busy, 100));
        usleep(1000);
        tick();
    }
    require(ikyo_space_stats(busy).held_bytes > 0);
    require_sound(space);
    require_sound(busy);
    take(space, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        alone(every_block_is_sampled_but_those_of_spaces),
        cmocka_unit_test(sampled_block_is_refused_in_a_line_each),
        alone(perturb_leaves_blocks_of_spaces_alone),
        alone(perturb_overwrites_what_free_gives_back_to_a_space),
        alone(kept_slabs_are_bounded_by_the_option),
        alone(empty_slabs_go_back_when_their_space_is_idle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
