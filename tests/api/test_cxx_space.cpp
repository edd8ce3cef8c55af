// SPDX-License-Identifier: MIT
// Spaces from C++: their owner, containers of std::pmr on them, from several threads.
#include "ikyoalloc/ikyoalloc.hpp"

#include <list>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "api.h"

namespace
{

void containers_on_a_space_are_in_it_and_leave_it_empty(void **)
{
    ikyo::space space = ikyo::make_space();
    ikyo::space_resource resource(space.get());
    {
        std::pmr::map<int, std::pmr::string> names(&resource);
        for (int i = 0; i < 3000; i++)
            names[i * 7 % 3000] = std::to_string(i) + " is too long for the string itself";
        for (int i = 0; i < 3000; i += 2)
            names.erase(i);
        assert_int_equal(names.size(), 1500);
        assert_true(ikyo_space_owns(space.get(), names.begin()->second.data()));
        assert_true(ikyo_space_stats(space.get()).blocks >= 3000);
    }
    assert_int_equal(ikyo_space_stats(space.get()).blocks, 0);
    assert_int_equal(ikyo_space_stats(space.get()).bytes, 0);
}

void threads_share_a_resource(void **)
{
    ikyo::space space = ikyo::make_space();
    ikyo::space_resource resource(space.get());
    std::vector<std::thread> threads;

    for (int t = 0; t < 3; t++)
        threads.emplace_back([&] {
            std::pmr::list<std::pmr::vector<int>> lists(&resource);
            for (int i = 0; i < 5000; i++) {
                lists.emplace_back(static_cast<std::size_t>(i % 100), i);
                if (lists.size() > 50)
                    lists.pop_front();
            }
        });
    for (auto &thread : threads)
        thread.join();
    assert_int_equal(ikyo_space_stats(space.get()).blocks, 0);
}

void limit_is_bad_alloc(void **)
{
    ikyo::space space = ikyo::make_space(100000);
    ikyo::space_resource resource(space.get());
    std::pmr::vector<char> bytes(&resource);
    bool thrown = false;

    assert_int_equal(ikyo_space_limit(space.get()), 100000);
    bytes.resize(1000, 'a');
    try {
        bytes.resize(200000);
    } catch (const std::bad_alloc &) {
        thrown = true;
    }
    assert_true(thrown);
    assert_int_equal(bytes.size(), 1000);
    assert_int_equal(bytes[999], 'a');
}

bool allow_more(ikyo_space *space, std::size_t size, void *context)
{
    *static_cast<std::size_t *>(context) += size;
    ikyo_space_set_limit(space, ikyo_space_limit(space) + size);
    return true;
}

void options_reach_the_space(void **)
{
    std::size_t asked = 0;
    ikyo_space_options options{};
    options.limit = 1000;
    options.at_limit = allow_more;
    options.context = &asked;
    ikyo::space space = ikyo::make_space(options);

    assert_non_null(ikyo_space_alloc(space.get(), 1024));
    assert_true(asked >= 1024);
    ikyo::space moved = std::move(space);
    assert_null(space.get());
    assert_int_equal(ikyo_space_stats(moved.get()).blocks, 1);
}

void resources_of_one_space_are_equal(void **)
{
    ikyo::space a = ikyo::make_space(), b = ikyo::make_space();
    ikyo::space_resource of_a(a.get()), of_a_too(a.get()), of_b(b.get());

    assert_true(of_a == of_a_too);
    assert_false(of_a == of_b);
    assert_false(of_a == *std::pmr::new_delete_resource());
}

} // namespace

int main()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(containers_on_a_space_are_in_it_and_leave_it_empty),
        cmocka_unit_test(threads_share_a_resource),
        cmocka_unit_test(limit_is_bad_alloc),
        cmocka_unit_test(options_reach_the_space),
        cmocka_unit_test(resources_of_one_space_are_equal),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
