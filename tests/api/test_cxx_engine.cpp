// SPDX-License-Identifier: MIT
// ikyoalloc.hpp: buffers, containers on our allocators, std::pmr on arenas, frames and scopes.
#include "ikyoalloc/ikyoalloc.hpp"

#include <cstring>
#include <list>
#include <map>
#include <memory_resource>
#include <numeric>
#include <string>
#include <thread>
#include <type_traits>
#include <unordered_map>
#include <vector>

// After the standard headers, because cmocka defines a macro with the name of std::ios::fail.
#include "api.h"

namespace {

// Counts the objects there are, and fails to become the n-th one when told to.
struct witness {
    static int alive, fails_at;
    int value = 7;

    witness()
    {
        if (fails_at == alive + 1)
            throw std::runtime_error("witness");
        alive++;
    }
    witness(const witness &) = delete;
    ~witness()
    {
        alive--;
    }
};
int witness::alive, witness::fails_at;

struct alignas(128) wide {
    unsigned char bytes[128];
};

template <class Exception, class Call> bool throws(Call call)
{
    try {
        call();
    } catch (const Exception &) {
        return true;
    }
    return false;
}

void buffer_makes_and_destroys_its_elements(void **)
{
    {
        ikyo::buffer<witness> buffer(100);
        assert_int_equal(witness::alive, 100);
        assert_int_equal(buffer.size(), 100);
        for (witness &w : buffer)
            assert_int_equal(w.value, 7);
        assert_int_equal(buffer.at(99).value, 7);
        assert_true(throws<std::out_of_range>([&] { buffer.at(100); }));
    }
    assert_int_equal(witness::alive, 0);
}

void buffer_of_numbers_is_zero(void **)
{
    ikyo::buffer<int> buffer(10000, 4096);
    const ikyo::buffer<int> &same = buffer;

    assert_true(api_is_aligned(buffer.data(), 4096));
    assert_int_equal(std::accumulate(same.begin(), same.end(), 0), 0);
    buffer[9999] = 3;
    assert_int_equal(same.at(9999) + same[9999], 6);
}

void buffer_whose_element_throws_leaves_nothing(void **)
{
    witness::fails_at = 50;
    assert_true(throws<std::runtime_error>([] { ikyo::buffer<witness> buffer(100); }));
    assert_int_equal(witness::alive, 0);
    witness::fails_at = 0;
}

void buffer_moves_and_does_not_copy(void **)
{
    static_assert(!std::is_copy_constructible_v<ikyo::buffer<int>>);
    static_assert(!std::is_copy_assignable_v<ikyo::buffer<int>>);
    static_assert(std::is_nothrow_move_constructible_v<ikyo::buffer<int>>);
    {
        ikyo::buffer<witness> a(10), b(20);
        witness *data = a.data();
        ikyo::buffer<witness> c(std::move(a));

        assert_true(a.empty() && a.begin() == a.end());
        assert_ptr_equal(c.data(), data);
        b = std::move(c);
        assert_ptr_equal(b.data(), data);
        assert_true(c.empty());
        assert_int_equal(witness::alive, 10);
        ikyo::buffer<witness> &itself = b;
        b = std::move(itself);
        assert_int_equal(b.size(), 10);
    }
    assert_int_equal(witness::alive, 0);
}

void buffer_refuses_what_cannot_be(void **)
{
    using buffer = ikyo::buffer<wide>;

    assert_true(throws<std::bad_array_new_length>([] { buffer b(SIZE_MAX / 64); }));
    assert_true(throws<std::bad_alloc>([] { buffer b(API_BEYOND / sizeof(wide) + 1); }));
    assert_true(throws<std::invalid_argument>([] { buffer b(1, 64); }));
    assert_true(throws<std::invalid_argument>([] { buffer b(1, 0); }));
    assert_true(throws<std::bad_alloc>([] { buffer b(1, 192); }));
    assert_true(buffer(0).empty());
    assert_true(api_is_aligned(buffer(3).data(), 128));
}

void allocator_serves_containers(void **)
{
    std::vector<wide, ikyo::allocator<wide>> numbers(100);
    std::list<int, ikyo::allocator<int>> list;
    std::map<int, int, std::less<int>, ikyo::allocator<std::pair<const int, int>>> map;

    assert_true(api_is_aligned(numbers.data(), 128));
    for (int i = 0; i < 1000; i++) {
        list.push_back(i);
        map[i] = 2 * i;
    }
    assert_int_equal(std::accumulate(list.begin(), list.end(), 0), 499500);
    assert_int_equal(map.at(999), 1998);
    assert_true(ikyo::allocator<int>() == ikyo::allocator<wide>());
    assert_true(throws<std::bad_array_new_length>(
        [] { (void)ikyo::allocator<wide>().allocate(SIZE_MAX / 64); }));
}

void allocator_on_an_arena_takes_from_it(void **)
{
    ikyo::arena arena = ikyo::make_arena(MIB);
    ikyo_allocator from = ikyo_arena_allocator(arena.get());
    std::vector<int, ikyo::allocator<int>> numbers{ikyo::allocator<int>(&from)};

    numbers.resize(1000, 5);
    assert_true(ikyo_arena_mark(arena.get()) >= 4000);
    assert_int_equal(numbers.back(), 5);
    assert_true(numbers.get_allocator() != ikyo::allocator<int>());
    assert_true(throws<std::bad_alloc>([&] { numbers.resize(MIB); }));
    assert_int_equal(numbers.size(), 1000);
}

void memory_resource_serves_pmr_containers(void **)
{
    ikyo::arena arena = ikyo::make_arena(8 * MIB);
    ikyo::memory_resource global, other, on_arena(ikyo_arena_allocator(arena.get()));

    for (ikyo::memory_resource *resource : {&global, &on_arena}) {
        std::pmr::unordered_map<int, std::pmr::string> texts(resource);
        for (int i = 0; i < 2000; i++)
            texts.emplace(i, std::pmr::string(i % 200, 'x'));
        for (int i = 0; i < 2000; i++)
            assert_int_equal(texts.at(i).size(), i % 200);
    }
    assert_true(ikyo_arena_stats(arena.get()).used > 100 * KIB);
    assert_true(global.is_equal(global));
    assert_false(global.is_equal(other));
    assert_true(throws<std::bad_alloc>([&] { (void)on_arena.allocate(9 * MIB); }));
    assert_true(throws<std::bad_alloc>([&] { (void)global.allocate(API_BEYOND); }));
    void *block = global.allocate(100, 4096);
    assert_true(api_is_aligned(block, 4096));
    global.deallocate(block, 100, 4096);
}

void memory_resource_on_a_heap_stays_in_its_memory(void **)
{
    static char memory[4096];
    ikyo_heap *heap = ikyo_heap_init(memory, sizeof memory, nullptr);
    ikyo::memory_resource in_heap(ikyo_heap_allocator(heap));

    {
        std::pmr::list<int> numbers(&in_heap);
        assert_true(throws<std::bad_alloc>([&] {
            for (;;)
                numbers.push_back(1);
        }));
        assert_true(numbers.size() > 50);
        for (const int &number : numbers)
            assert_true(reinterpret_cast<const char *>(&number) > memory &&
                        reinterpret_cast<const char *>(&number) < memory + sizeof memory);
        assert_int_equal(ikyo_heap_stats(heap).live_blocks, numbers.size());
    }
    assert_int_equal(ikyo_heap_stats(heap).live_blocks, 0);
}

void arena_resource_serves_pmr_containers(void **)
{
    ikyo::arena arena = ikyo::make_arena(8 * MIB);
    ikyo::frame_arena frame = ikyo::make_frame_arena(MIB);
    ikyo::arena_resource resource(arena.get()), same(arena.get()), other(frame.get());
    std::pmr::vector<std::pmr::string> texts(&resource);

    for (int i = 0; i < 3000; i++)
        texts.emplace_back(i % 100, 'p');
    for (int i = 0; i < 3000; i++)
        assert_true(texts[i] == std::pmr::string(i % 100, 'p'));
    assert_true(ikyo_arena_mark(arena.get()) > 3000 * sizeof(std::pmr::string));
    assert_true(resource.is_equal(same));
    assert_false(resource.is_equal(other));
    assert_false(resource.is_equal(*std::pmr::new_delete_resource()));
    assert_true(api_is_aligned(resource.allocate(1, 512), 512));
    assert_true(throws<std::bad_alloc>([&] { (void)other.allocate(MIB + 1); }));
}

void owners_throw_when_there_is_no_arena(void **)
{
    assert_true(throws<std::bad_alloc>([] { ikyo::make_arena(0); }));
    assert_true(throws<std::bad_alloc>([] { ikyo::make_frame_arena(SIZE_MAX); }));
    assert_true(throws<std::bad_alloc>([] { ikyo::make_shared_arena(0); }));
}

void frame_scope_ends_the_frame_also_when_thrown_out_of(void **)
{
    ikyo::frame_arena owner = ikyo::make_frame_arena(MIB);

    for (int i = 0; i < 100; i++) {
        ikyo::frame_scope frame(owner.get());
        std::pmr::vector<int> visible(frame.resource());

        assert_int_equal(ikyo_arena_mark(&owner->arena), 0);
        visible.resize(10000, i);
        assert_int_equal(visible[9999], i);
    }
    assert_true(throws<int>([&] {
        ikyo::frame_scope frame(owner.get());
        ikyo_frame_arena_alloc(owner.get(), 100, 8);
        throw 1;
    }));
    assert_int_equal(ikyo_arena_mark(&owner->arena), 0);
}

void arena_scope_gives_up_its_part_of_the_arena(void **)
{
    ikyo::arena owner = ikyo::make_arena(MIB);
    std::size_t before, within;

    ikyo_arena_alloc(owner.get(), 100, 8);
    before = ikyo_arena_mark(owner.get());
    {
        ikyo::arena_scope outer(owner.get());
        std::pmr::string text(1000, 'o', outer.resource());
        within = ikyo_arena_mark(owner.get());
        {
            ikyo::arena_scope inner(owner.get());
            std::pmr::string(1000, 'i', inner.resource());
            assert_true(ikyo_arena_mark(owner.get()) > within);
        }
        assert_int_equal(ikyo_arena_mark(owner.get()), within);
        assert_true(text == std::pmr::string(1000, 'o'));
    }
    assert_int_equal(ikyo_arena_mark(owner.get()), before);
}

void shared_arena_serves_threads(void **)
{
    ikyo::shared_arena arena = ikyo::make_shared_arena(64 * MIB);
    ikyo_allocator from = ikyo_shared_arena_allocator(arena.get());
    std::vector<std::thread> threads;
    std::size_t sums[4] = {};

    for (std::size_t &sum : sums) {
        threads.emplace_back([&from, &sum] {
            std::list<std::size_t, ikyo::allocator<std::size_t>> list{
                ikyo::allocator<std::size_t>(&from)};
            for (std::size_t i = 0; i < 10000; i++)
                list.push_back(i);
            sum = std::accumulate(list.begin(), list.end(), std::size_t{0});
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    for (std::size_t sum : sums)
        assert_int_equal(sum, 49995000);
}

} // namespace

int main()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buffer_makes_and_destroys_its_elements),
        cmocka_unit_test(buffer_of_numbers_is_zero),
        cmocka_unit_test(buffer_whose_element_throws_leaves_nothing),
        cmocka_unit_test(buffer_moves_and_does_not_copy),
        cmocka_unit_test(buffer_refuses_what_cannot_be),
        cmocka_unit_test(allocator_serves_containers),
        cmocka_unit_test(allocator_on_an_arena_takes_from_it),
        cmocka_unit_test(memory_resource_serves_pmr_containers),
        cmocka_unit_test(memory_resource_on_a_heap_stays_in_its_memory),
        cmocka_unit_test(arena_resource_serves_pmr_containers),
        cmocka_unit_test(owners_throw_when_there_is_no_arena),
        cmocka_unit_test(frame_scope_ends_the_frame_also_when_thrown_out_of),
        cmocka_unit_test(arena_scope_gives_up_its_part_of_the_arena),
        cmocka_unit_test(shared_arena_serves_threads),
    };

    return cmocka_run_group_tests_name("cxx_engine", tests, nullptr, nullptr);
}
