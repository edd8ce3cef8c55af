// SPDX-License-Identifier: MIT
// Pointers of another allocator: handed on, reported, or ignored. The other one is this file,
// to which the loader is made to point (--wrap).
#include "foreign.h"

#include "base/option.h"
#include "init.h"

#include "core.h"

static char theirs[64];
static void *seen;

static void their_free(void *p)
{
    seen = p;
}

static void *their_realloc(void *p, size_t size)
{
    seen = p;
    return (char *)p + size;
}

static size_t their_usable_size(void *p)
{
    seen = p;
    return 4711;
}

static bool there_is_none;

void *__wrap_os_next_symbol(const char *name);

void *__wrap_os_next_symbol(const char *name)
{
    if (there_is_none)
        return NULL;
    if (strcmp(name, "free") == 0)
        return (void *)(uintptr_t)their_free;
    if (strcmp(name, "realloc") == 0)
        return (void *)(uintptr_t)their_realloc;
    return strcmp(name, "malloc_usable_size") == 0 ? (void *)(uintptr_t)their_usable_size : NULL;
}

static void pointer_is_handed_to_the_next_definition(void)
{
    init_ensure();
    foreign_free(theirs);
    require(seen == theirs);
    seen = NULL;
    require(foreign_resize(theirs, 5) == theirs + 5);
    require(seen == theirs);
    seen = NULL;
    require_equal(foreign_usable_size(theirs), 4711);
    require(seen == theirs);
}

static void library_is_started_before_the_option_is_looked_at(void)
{
    require_equal(foreign_usable_size(theirs), 4711);
    require_equal(atomic_load(&init_stage), INIT_DONE);
}

static void ignored_pointer_is_left_alone(void)
{
    init_ensure();
    options.foreign_free = FOREIGN_FREE_IGNORE;
    foreign_free(theirs);
    require(foreign_resize(theirs, 5) == NULL);
    require_equal(foreign_usable_size(theirs), 0);
    require(seen == NULL);
}

static void do_free(void)
{
    foreign_free(theirs);
}

static void do_resize(void)
{
    require(foreign_resize(theirs, 5) == NULL);
}

static void do_usable_size(void)
{
    require_equal(foreign_usable_size(theirs), 0);
}

static bool abort_wanted;

static void (*misuse)(void);

static void run_misuse(void)
{
    init_ensure();
    if (abort_wanted)
        options.foreign_free = FOREIGN_FREE_ABORT;
    else
        there_is_none = true;
    misuse();
    require(seen == NULL);
}

static void pointer_that_nobody_takes_is_reported_by_its_call(void **state)
{
    static const struct {
        void (*body)(void);
        const char *start;
    } misuses[] = {
        {do_free, "ikyoalloc: free(0x"},
        {do_resize, "ikyoalloc: realloc(0x"},
        {do_usable_size, "ikyoalloc: malloc_usable_size(0x"},
    };

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct child child;

        misuse = misuses[i / 2].body;
        abort_wanted = i % 2;
        child = core_child(run_misuse);
        assert_int_equal(child.signal, SIGABRT);
        assert_ptr_equal(strstr(child.text, misuses[i / 2].start), child.text);
        assert_non_null(strstr(child.text, "): foreign pointer\n"));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(pointer_is_handed_to_the_next_definition),
        alone(library_is_started_before_the_option_is_looked_at),
        alone(ignored_pointer_is_left_alone),
        cmocka_unit_test(pointer_that_nobody_takes_is_reported_by_its_call),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
