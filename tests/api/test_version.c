// SPDX-License-Identifier: MIT
// The library in use says which version it is, and it is the one of the headers.
#include "api.h"

#include "ikyoalloc/ikyoalloc.h"

#include <stdio.h>

static void version_is_the_one_of_the_headers(void **state)
{
    char expected[64];

    (void)state;
    snprintf(expected, sizeof(expected), "%d.%d.%d", IKYO_VERSION_MAJOR, IKYO_VERSION_MINOR,
             IKYO_VERSION_PATCH);
    assert_non_null(ikyo_version());
    assert_string_equal(ikyo_version(), expected);
    assert_ptr_equal(ikyo_version(), ikyo_version());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_is_the_one_of_the_headers),
    };

    return cmocka_run_group_tests_name("version", tests, NULL, NULL);
}
