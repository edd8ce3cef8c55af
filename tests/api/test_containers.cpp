// SPDX-License-Identifier: MIT
// The standard library on our operators: containers, shared pointers and pmr, in many threads.
#include <atomic>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

// After the standard headers, because cmocka defines a macro with the name of std::ios::fail.
#include "api.h"

namespace {

// Containers of one run agree with a plain computation; returns false at the first difference.
bool containers_agree(unsigned seed)
{
    std::map<unsigned, std::string> tree;
    std::unordered_map<std::string, unsigned> table;
    std::deque<unsigned> queue;
    std::list<std::vector<unsigned>> lists;
    uint64_t random = seed + 1;
    std::size_t total = 0;

    for (unsigned i = 0; i < 5000; i++) {
        unsigned key = i * 2654435761u + seed;
        std::string text(api_random(&random) % 300, static_cast<char>('a' + i % 26));
        total += text.size();
        tree[key] = text;
        table[std::to_string(key)] = i;
        queue.push_back(key);
        if (queue.size() > 1000)
            queue.pop_front();
        lists.emplace_back(i % 50, i);
    }
    std::size_t found = 0;
    for (unsigned i = 0; i < 5000; i++) {
        unsigned key = i * 2654435761u + seed;
        const std::string &text = tree.at(key);
        found += text.size();
        if (table.at(std::to_string(key)) != i)
            return false;
        if (text.find_first_not_of(static_cast<char>('a' + i % 26)) != std::string::npos)
            return false;
    }
    unsigned index = 0;
    for (const std::vector<unsigned> &numbers : lists) {
        for (unsigned number : numbers) {
            if (number != index)
                return false;
        }
        index++;
    }
    return found == total && queue.size() == 1000;
}

void containers_hold_their_content(void **)
{
    assert_true(containers_agree(1));
    assert_true(containers_agree(2));
}

void containers_in_churning_threads_hold_their_content(void **)
{
    std::atomic<int> failures{0};

    for (unsigned round = 0; round < 10; round++) {
        std::vector<std::thread> threads;
        for (unsigned i = 0; i < 4; i++) {
            threads.emplace_back([&failures, round, i] {
                if (!containers_agree(round * 10 + i))
                    failures++;
            });
        }
        for (std::thread &thread : threads)
            thread.join();
    }
    assert_int_equal(failures.load(), 0);
}

void short_threads_leave_blocks_for_others_to_free(void **)
{
    std::mutex lock;
    std::vector<std::shared_ptr<std::string>> survivors;

    for (int i = 0; i < 300; i++) {
        std::thread([&] {
            auto text = std::make_shared<std::string>(std::to_string(i));
            *text += std::string(200, 'x');
            std::lock_guard<std::mutex> guard(lock);
            survivors.push_back(std::move(text));
        }).join();
    }
    for (int i = 0; i < 300; i++)
        assert_true(*survivors[i] == std::to_string(i) + std::string(200, 'x'));
}

void growing_vector_keeps_its_elements(void **)
{
    std::vector<uint64_t> numbers;

    for (uint64_t i = 0; i < 4000000; i++)
        numbers.push_back(i * i);
    for (uint64_t i = 0; i < 4000000; i += 17)
        assert_true(numbers[i] == i * i);
    numbers.resize(1000);
    numbers.shrink_to_fit();
    assert_true(numbers[999] == 999 * 999);
}

void pmr_resources_draw_on_new_and_align(void **)
{
    std::pmr::synchronized_pool_resource pool;
    std::pmr::monotonic_buffer_resource buffer;

    for (std::size_t alignment = 1; alignment <= 4096; alignment *= 2) {
        void *direct = std::pmr::new_delete_resource()->allocate(777, alignment);
        void *pooled = pool.allocate(777, alignment);
        void *linear = buffer.allocate(777, alignment);
        assert_true(api_is_aligned(direct, alignment));
        assert_true(api_is_aligned(pooled, alignment));
        assert_true(api_is_aligned(linear, alignment));
        api_fill(direct, 777, 1);
        api_fill(pooled, 777, 2);
        api_fill(linear, 777, 3);
        assert_true(api_holds(direct, 777, 1) && api_holds(pooled, 777, 2));
        std::pmr::new_delete_resource()->deallocate(direct, 777, alignment);
        pool.deallocate(pooled, 777, alignment);
    }
    std::pmr::vector<std::pmr::string> texts(&pool);
    for (int i = 0; i < 3000; i++)
        texts.emplace_back(i % 100, 'p');
    for (int i = 0; i < 3000; i++)
        assert_int_equal(texts[i].size(), i % 100);
}

void streams_and_exceptions_allocate(void **)
{
    for (int i = 0; i < 2000; i++) {
        std::ostringstream stream;
        stream << "value " << i << std::string(i % 700, '.');
        bool caught = false;
        try {
            throw std::runtime_error(stream.str());
        } catch (const std::runtime_error &error) {
            caught = stream.str() == error.what();
        }
        assert_true(caught);
    }
}

} // namespace

int main()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(containers_hold_their_content),
        cmocka_unit_test(containers_in_churning_threads_hold_their_content),
        cmocka_unit_test(short_threads_leave_blocks_for_others_to_free),
        cmocka_unit_test(growing_vector_keeps_its_elements),
        cmocka_unit_test(pmr_resources_draw_on_new_and_align),
        cmocka_unit_test(streams_and_exceptions_allocate),
    };

    return cmocka_run_group_tests_name("containers", tests, nullptr, nullptr);
}
