// SPDX-License-Identifier: MIT
// Pools and scopes from C++: containers of std::pmr on them, and owners that clean up.
#include "ikyoalloc/ikyoalloc.hpp"

#include <cstring>
#include <list>
#include <map>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "api.h"

namespace
{

// What stands behind a resource: it counts, and refuses once `left` is used up.
struct counted {
    std::size_t blocks = 0, bytes = 0, calls = 0, left = SIZE_MAX;
    ikyo_allocator from{allocate, deallocate, this};

    static void *allocate(void *context, std::size_t size, std::size_t alignment)
    {
        counted *c = static_cast<counted *>(context);
        c->calls++;
        if (c->left == 0)
            return nullptr;
        c->left--;
        void *block = ikyo_allocate(nullptr, size, alignment);
        c->blocks += block != nullptr;
        c->bytes += size;
        return block;
    }
    static void deallocate(void *context, void *block, std::size_t size)
    {
        counted *c = static_cast<counted *>(context);
        ikyo_deallocate(nullptr, block, size);
        c->blocks -= block != nullptr;
        c->bytes -= size;
    }
};

void containers_on_a_pool_resource_agree_with_others(void **)
{
    counted behind;
    {
        ikyo::pool_resource resource(behind.from);
        std::pmr::map<unsigned, std::pmr::string> tree(&resource);
        std::map<unsigned, std::string> expected;
        std::pmr::list<std::pmr::vector<unsigned>> lists(&resource);
        std::pmr::unordered_map<unsigned, unsigned> table(&resource);
        uint64_t random = 1;

        for (unsigned i = 0; i < 20000; i++) {
            unsigned key = static_cast<unsigned>(api_random(&random) % 2000);
            std::string text(api_random(&random) % 1500, static_cast<char>('a' + i % 26));
            if (i % 3 == 0) {
                tree.erase(key);
                expected.erase(key);
            } else {
                tree[key] = text.c_str();
                expected[key] = text;
            }
            table[i] = key;
            lists.emplace_back(key % 50, i);
            if (lists.size() > 300)
                lists.pop_front();
        }
        assert_int_equal(tree.size(), expected.size());
        for (const auto &[key, text] : expected)
            assert_string_equal(tree.at(key).c_str(), text.c_str());
        assert_int_equal(table.size(), 20000);
        for (const auto &list : lists)
            for (unsigned value : list)
                assert_int_equal(value, list.front());
        assert_true(behind.blocks > 0);
    }
    assert_int_equal(behind.blocks, 0);
    assert_int_equal(behind.bytes, 0);
}

void every_size_and_alignment_is_served(void **)
{
    counted behind;
    {
        ikyo::pool_resource resource(behind.from);
        std::pmr::memory_resource &r = resource;

        for (std::size_t alignment = 1; alignment <= 4096; alignment *= 2)
            for (std::size_t size = 0; size <= 1100; size++) {
                void *first = r.allocate(size, alignment), *second = r.allocate(size, alignment);
                assert_true(api_is_aligned(first, alignment));
                assert_true(api_is_aligned(second, alignment));
                assert_ptr_not_equal(first, second);
                std::memset(first, 1, size);
                std::memset(second, 2, size);
                for (std::size_t i = 0; i < size; i += 13)
                    assert_int_equal(static_cast<char *>(first)[i], 1);
                r.deallocate(first, size, alignment);
                r.deallocate(second, size, alignment);
            }
        // Two objects are the most of each size, so no pool has a second piece.
        assert_int_equal(behind.blocks, 2 * 64);
    }
    assert_int_equal(behind.blocks, 0);
}

void blocks_of_one_size_are_reused(void **)
{
    ikyo::pool_resource resource;
    std::pmr::memory_resource &r = resource;
    void *block = r.allocate(100, 8);

    r.deallocate(block, 100, 8);
    assert_ptr_equal(r.allocate(97, 4), block);
    r.deallocate(block, 97, 4);
    assert_ptr_equal(r.allocate(112, 16), block);
}

void resources_are_equal_to_themselves_alone(void **)
{
    ikyo::pool_resource a, b;

    assert_true(a == a);
    assert_false(a == b);
}

template <class Call> bool throws_bad_alloc(Call call)
{
    try {
        call();
    } catch (const std::bad_alloc &) {
        return true;
    }
    return false;
}

void no_memory_is_bad_alloc(void **)
{
    counted behind;
    {
        ikyo::pool_resource resource(behind.from);
        std::pmr::memory_resource &r = resource;

        for (std::size_t left = 0; left < 2; left++) {
            behind.left = left;
            assert_true(throws_bad_alloc([&] { (void)r.allocate(48, 16); }));
            assert_true(throws_bad_alloc([&] { (void)r.allocate(5000, 16); }));
        }
        behind.left = 2;
        void *block = r.allocate(48, 16);
        r.deallocate(block, 48, 16);
        behind.left = 0;
        assert_true(throws_bad_alloc([&] { ikyo::make_pool(8, 8, 0, &behind.from); }));
        assert_true(throws_bad_alloc([&] { ikyo::make_scope(0, &behind.from); }));
        assert_true(throws_bad_alloc([&] { ikyo::make_thread_pool(8, 8, 0, &behind.from); }));
        assert_true(throws_bad_alloc([] { ikyo::make_pool(8, 3); }));
    }
    assert_int_equal(behind.blocks, 0);
}

void owners_give_everything_back(void **)
{
    counted behind;
    {
        ikyo::pool nodes = ikyo::make_pool(40, 8, 0, &behind.from);
        ikyo::scope request = ikyo::make_scope(0, &behind.from);
        ikyo::thread_pool messages = ikyo::make_thread_pool(64, 64, 10, &behind.from);

        assert_non_null(ikyo_pool_take(nodes.get()));
        assert_non_null(ikyo_scope_alloc(request.get(), 100000, 8));
        void *message = ikyo_thread_pool_take(messages.get());
        assert_non_null(message);
        std::thread([&] { ikyo_thread_pool_give(messages.get(), message); }).join();
        ikyo::pool moved = std::move(nodes);
        assert_null(nodes.get());
        assert_non_null(ikyo_pool_take(moved.get()));
        assert_true(behind.blocks >= 6);
    }
    assert_int_equal(behind.blocks, 0);
    assert_int_equal(behind.bytes, 0);
}

void containers_live_in_a_scope_and_in_a_pool_of_one_size(void **)
{
    counted behind;
    {
        ikyo::scope request = ikyo::make_scope(0, &behind.from);
        ikyo::memory_resource in_scope(ikyo_scope_allocator(request.get()));
        std::pmr::vector<std::pmr::string> words(&in_scope);
        ikyo::pool nodes = ikyo::make_pool(sizeof(void *) * 6, 16, 0, &behind.from);
        ikyo::memory_resource in_pool(ikyo_pool_allocator(nodes.get()));
        std::pmr::unordered_map<int, int> table(&in_pool);

        for (int i = 0; i < 3000; i++) {
            words.emplace_back(std::to_string(i) + " is too long for the string itself");
            table[i] = i;
        }
        for (int i = 0; i < 3000; i++) {
            assert_int_equal(std::stoi(std::string(words[static_cast<std::size_t>(i)])), i);
            assert_int_equal(table.at(i), i);
        }
        assert_int_equal(ikyo_pool_stats(nodes.get()).live, 3000);
    }
    assert_int_equal(behind.blocks, 0);
    assert_int_equal(behind.bytes, 0);
}

} // namespace

int main()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(containers_on_a_pool_resource_agree_with_others),
        cmocka_unit_test(every_size_and_alignment_is_served),
        cmocka_unit_test(blocks_of_one_size_are_reused),
        cmocka_unit_test(resources_are_equal_to_themselves_alone),
        cmocka_unit_test(no_memory_is_bad_alloc),
        cmocka_unit_test(owners_give_everything_back),
        cmocka_unit_test(containers_live_in_a_scope_and_in_a_pool_of_one_size),
    };

    return cmocka_run_group_tests_name("cxx_pool", tests, nullptr, nullptr);
}
