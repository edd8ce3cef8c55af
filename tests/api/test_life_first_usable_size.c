// SPDX-License-Identifier: MIT
// malloc_usable_size(NULL) is the first allocator call of the process, realloc the second.
#include "api.h"

static size_t size_of_null = 1;
static void *block_after;

static void call_first(void)
{
    size_of_null = call.malloc_usable_size(NULL);
    block_after = call.realloc(NULL, 5000);
    if (block_after != NULL)
        api_fill(block_after, 5000, 1);
}

API_RUN_FIRST(call_first)

static void usable_size_of_null_as_the_first_call_is_zero(void **state)
{
    (void)state;
    assert_int_equal(size_of_null, 0);
    assert_non_null(block_after);
    assert_true(api_holds(block_after, 5000, 1));
    block_after = call.realloc(block_after, 3 * MIB);
    assert_non_null(block_after);
    assert_true(api_holds(block_after, 5000, 1));
    call.free(block_after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usable_size_of_null_as_the_first_call_is_zero),
    };

    return cmocka_run_group_tests_name("life_first_usable_size", tests, NULL, NULL);
}
