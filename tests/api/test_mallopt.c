// SPDX-License-Identifier: MIT
// mallopt: known parameters are accepted, unknown ones refused, and some are seen to act.
// What a parameter changes must not leak into the next test, so each acts in a child.
#include "api.h"

#include <sys/wait.h>
#include <unistd.h>

static int volatile unknown_parameter = 12345;

static bool holds_in_child(bool (*condition)(void))
{
    int status = 0;
    pid_t child = fork();

    if (child == 0)
        _exit(condition() ? 0 : 1);
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool every_known_parameter_returns_one(void)
{
    static const int known[][2] = {
        { M_MXFAST, 64 }, { M_TRIM_THRESHOLD, 1 << 20 }, { M_TOP_PAD, 1 << 16 },
        { M_MMAP_THRESHOLD, 1 << 20 }, { M_MMAP_MAX, 1000 }, { M_CHECK_ACTION, 3 },
        { M_PERTURB, 0 }, { M_ARENA_TEST, 4 }, { M_ARENA_MAX, 2 },
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (mallopt(known[i][0], known[i][1]) != 1)
            return false;
        void *p = call.malloc(1000);
        if (p == NULL)
            return false;
        call.free(p);
    }
    return true;
}

static void mallopt_of_known_parameters_returns_one(void **state)
{
    (void)state;
    assert_true(holds_in_child(every_known_parameter_returns_one));
}

static void mallopt_of_unknown_parameters_returns_zero(void **state)
{
    static const int unknown[] = { 2, 100, -9, -100, 0x7fffffff };

    (void)state;
    // glibc answers 1 to names it does not know; its manual says 0 is the answer to an error.
    assert_int_equal(mallopt(unknown_parameter, 1), 0);
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        assert_int_equal(mallopt(unknown[i], 1), 0);
}

static bool is_filled_with(const unsigned char *p, size_t size, unsigned char byte)
{
    for (size_t i = 0; i < size; i++) {
        if (p[i] != byte)
            return false;
    }
    return true;
}

// As glibc, the complement of the value's low byte; it skips blocks of its thread cache, we do not.
static bool perturb_fills_new_blocks_but_not_calloc(void)
{
    if (mallopt(M_PERTURB, 0xa5) != 1)
        return false;
    for (size_t size = 1; size <= 300000; size = size * 3 + 1) {
        unsigned char *filled = call.malloc(size);
        unsigned char *zeroed = call.calloc(1, size);
        if (filled == NULL || zeroed == NULL)
            return false;
        if (!is_filled_with(filled, size, 0x5a) || !api_is_zero(zeroed, size))
            return false;
        call.free(filled);
        call.free(zeroed);
    }
    return true;
}

static void mallopt_perturb_fills_malloc_and_leaves_calloc_zero(void **state)
{
    (void)state;
    assert_true(holds_in_child(perturb_fills_new_blocks_but_not_calloc));
}

static bool lower_threshold_gives_own_mappings(void)
{
    if (mallopt(M_MMAP_THRESHOLD, 256 * KIB) != 1)
        return false;
    size_t before = mallinfo2().hblks;
    void *below = call.malloc(100 * KIB);
    size_t between = mallinfo2().hblks;
    void *above = call.malloc(300 * KIB);
    size_t after = mallinfo2().hblks;

    if (below == NULL || above == NULL)
        return false;
    call.free(above);
    call.free(below);
    return between == before && after == before + 1;
}

static void mallopt_mmap_threshold_acts_at_once(void **state)
{
    (void)state;
    assert_true(holds_in_child(lower_threshold_gives_own_mappings));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mallopt_of_known_parameters_returns_one),
        cmocka_unit_test(mallopt_of_unknown_parameters_returns_zero),
        cmocka_unit_test(mallopt_perturb_fills_malloc_and_leaves_calloc_zero),
        cmocka_unit_test(mallopt_mmap_threshold_acts_at_once),
    };

    return cmocka_run_group_tests_name("mallopt", tests, NULL, NULL);
}
