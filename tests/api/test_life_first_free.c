// SPDX-License-Identifier: MIT
// free(NULL) is the first allocator call of the process, before any constructor has run.
#include "api.h"

static int errno_after = -1;
static void *block_after;

static void call_first(void)
{
    errno = 77;
    call.free(NULL);
    errno_after = errno;
    block_after = call.malloc(100);
    if (block_after != NULL)
        api_fill(block_after, 100, 1);
}

// These run after relocation and before the constructors of every library.
API_RUN_FIRST(call_first)

static void free_of_null_as_the_first_call_does_nothing(void **state)
{
    (void)state;
    assert_int_equal(errno_after, 77);
    assert_non_null(block_after);
    assert_true(api_holds(block_after, 100, 1));
    call.free(block_after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(free_of_null_as_the_first_call_does_nothing),
    };

    return cmocka_run_group_tests_name("life_first_free", tests, NULL, NULL);
}
