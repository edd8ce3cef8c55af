// SPDX-License-Identifier: MIT
// ikyo_option_set: live options change at once, everything else is refused.
#include "api.h"

#include "ikyoalloc/ikyoalloc.h"

static void unknown_names_are_refused(void **state)
{
    static const char *const names[] = { "", "no_such_option", "perturb2", "pertur", "PERTURB ",
                                         "perturb=1", " perturb" };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_false(ikyo_option_set(names[i], "1"));
    assert_false(ikyo_option_set(NULL, "1"));
    assert_false(ikyo_option_set("perturb", NULL));
}

static void options_fixed_at_the_start_are_refused(void **state)
{
    (void)state;
    assert_false(ikyo_option_set("thp", "never"));
    assert_false(ikyo_option_set("guard", "off"));
    assert_false(ikyo_option_set("foreign_free", "abort"));
    assert_false(ikyo_option_set("verbose", "1"));
}

static void values_that_are_not_understood_are_refused(void **state)
{
    static const char *const sizes[] = { "", "x", "-1", "1q", "12 34", "k", "1kk",
                                         "99999999999999999999999" };

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_false(ikyo_option_set("thread_cache", sizes[i]));
        assert_false(ikyo_option_set("purge_delay", sizes[i]));
    }
    assert_false(ikyo_option_set("on_error", "explode"));
    assert_false(ikyo_option_set("on_error", ""));
}

static void live_options_are_accepted_in_every_unit(void **state)
{
    (void)state;
    assert_true(ikyo_option_set("thread_cache", "65536"));
    assert_true(ikyo_option_set("thread_cache", "64k"));
    assert_true(ikyo_option_set("thread_cache", "1m"));
    assert_true(ikyo_option_set("purge_delay", "100"));
    assert_true(ikyo_option_set("purge_delay", "100ms"));
    assert_true(ikyo_option_set("purge_delay", "2s"));
    assert_true(ikyo_option_set("on_error", "warn"));
    assert_true(ikyo_option_set("on_error", "abort"));
}

static void perturb_acts_at_once_and_stops_at_once(void **state)
{
    (void)state;
    assert_true(ikyo_option_set("perturb", "165"));
    for (size_t size = 1; size < 2 * MIB; size = size * 5 + 3) {
        unsigned char *p = call.malloc(size);
        assert_non_null(p);
        assert_int_equal(p[0], 0x5a);
        assert_int_equal(p[size / 2], 0x5a);
        assert_int_equal(p[size - 1], 0x5a);
        call.free(p);
        p = call.calloc(1, size);
        assert_non_null(p);
        assert_true(api_is_zero(p, size));
        call.free(p);
    }
    assert_true(ikyo_option_set("perturb", "0"));
    unsigned char *zeroed = call.calloc(1, 100);
    assert_non_null(zeroed);
    assert_true(api_is_zero(zeroed, 100));
    call.free(zeroed);
}

static void mmap_threshold_acts_at_once(void **state)
{
    (void)state;
    assert_true(ikyo_option_set("mmap_threshold", "150k"));
    size_t before = mallinfo2().hblks;
    void *below = call.malloc(100 * KIB);
    void *above = call.malloc(200 * KIB);
    assert_non_null(below);
    assert_non_null(above);
    assert_int_equal(mallinfo2().hblks, before + 1);
    call.free(below);
    call.free(above);
    assert_true(ikyo_option_set("mmap_threshold", "32m"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_names_are_refused),
        cmocka_unit_test(options_fixed_at_the_start_are_refused),
        cmocka_unit_test(values_that_are_not_understood_are_refused),
        cmocka_unit_test(live_options_are_accepted_in_every_unit),
        cmocka_unit_test(perturb_acts_at_once_and_stops_at_once),
        cmocka_unit_test(mmap_threshold_acts_at_once),
    };

    return cmocka_run_group_tests_name("option", tests, NULL, NULL);
}
