// SPDX-License-Identifier: MIT
// The public headers serve C++ as they are, and their calls are reached from it.
#include "ikyoalloc/ikyoalloc.h"

#include "api.h"

namespace {

void public_calls_are_reached_from_cxx(void **)
{
    ikyo_stats stats = {};
    ikyo_vm_region region = {};

    assert_non_null(ikyo_version());
    assert_true(ikyo_stats_get(&stats, sizeof stats));
    assert_int_equal(stats.version, IKYO_STATS_VERSION);
    assert_int_equal(ikyo_vm_reserve(ikyo_vm_page_size(), ikyo_vm_page_size(), &region),
                     IKYO_VM_OK);
    assert_int_equal(ikyo_vm_release(&region), IKYO_VM_OK);
    ikyo_flush_thread();
}

} // namespace

int main()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_calls_are_reached_from_cxx),
    };

    return cmocka_run_group_tests_name("headers", tests, nullptr, nullptr);
}
