// SPDX-License-Identifier: MIT
// What the checked modes fix at the start cannot be written over, but by those who may.
#include "core_checked.h"

#include "core_syscall.h"
#include "debug/tag.h"
#include "sealed.h"

static void write_over_an_option(void)
{
    start_checked();
    options.check = CHECK_FAST;
}

static void write_over_the_secret(void)
{
    start_checked();
    tag_secret.key = 0;
}

static void set_a_live_option_and_write_over_it(void)
{
    start_checked();
    require(ikyo_option_set("purge_delay", "7"));
    require_equal(options.purge_delay, 7);
    require(!ikyo_option_set("purge_delay", "soon"));
    require(!ikyo_option_set("check", "fast"));
    options.purge_delay = 8;
}

static void each_faults(void **state)
{
    static void (*const writes[])(void) = {write_over_an_option, write_over_the_secret,
                                           set_a_live_option_and_write_over_it};

    (void)state;
    for (int i = 0; i < 6; i++) {
        struct child child;

        checked_in = i % 2 ? "full" : "hardened";
        child = core_child(writes[i / 2]);
        assert_string_equal(child.text, "");
        assert_int_equal(child.signal, SIGSEGV);
    }
}

static void fast_seals_nothing(void)
{
    init_ensure();
    options.check = CHECK_FAST;
    tag_secret.key = 1;
    require(ikyo_option_set("purge_delay", "7"));
    options.purge_delay = 8;
}

static void refuse_to_protect(bool refuse)
{
    atomic_store(&core_failing.number, SYS_mprotect);
    atomic_store(&core_failing.all, refuse);
}

static void nothing_is_sealed_where_the_system_refuses(void)
{
    init_ensure();
    refuse_to_protect(true);
    sealed_start();
    require_equal(atomic_load(&core_failed), 2);
    refuse_to_protect(false);
    tag_secret.key = 1;
    options.purge_delay = 8;
    require(ikyo_option_set("purge_delay", "7"));
    options.purge_delay = 8;
}

static void option_stays_as_it_is_when_the_seal_cannot_be_broken(void)
{
    start_checked();
    refuse_to_protect(true);
    require(!ikyo_option_set("on_error", "ignore"));
    require_equal(options.on_error, ON_ERROR_WARN);
    refuse_to_protect(false);
    require(ikyo_option_set("on_error", "ignore"));
    require_equal(options.on_error, ON_ERROR_IGNORE);
}

static void *set_often(void *arg)
{
    for (int i = 0; i < 500; i++)
        require(ikyo_option_set("purge_delay", i % 2 ? "7" : "8"));
    return arg;
}

static void threads_set_options_at_once(void)
{
    pthread_t threads[4];

    start_checked();
    core_start_threads(threads, 4, set_often);
    for (int i = 0; i < 1000; i++)
        free_block(take(100));
    core_join_threads(threads, 4);
    require(options.purge_delay == 7 || options.purge_delay == 8);
    expect_nothing_found();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_faults),
        alone(fast_seals_nothing),
        alone(nothing_is_sealed_where_the_system_refuses),
        in_both(option_stays_as_it_is_when_the_seal_cannot_be_broken),
        in_both(threads_set_options_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
