// SPDX-License-Identifier: MIT
// Destructors of C++ thread_local objects allocate and free while their thread ends.
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

// After the standard headers, because cmocka defines macros with common names.
#include "api.h"

#include <pthread.h>

namespace {

std::atomic<int> destroyed{0};
std::atomic<int> spoilt{0};

// Owns memory from its thread's life and asks for more while it is destroyed.
class keeper {
public:
    void keep(int count)
    {
        for (int i = 0; i < count; i++)
            texts_.push_back(std::make_unique<std::string>(i, 'k'));
    }

    ~keeper()
    {
        for (std::size_t i = 0; i < texts_.size(); i++) {
            std::string copy = *texts_[i] + std::string(1000, 'x');
            if (copy.size() != i + 1000 || texts_[i]->find_first_not_of('k') != std::string::npos)
                spoilt++;
        }
        texts_.clear();
        std::vector<char> large(2000000, 'v');
        if (large.back() != 'v')
            spoilt++;
        destroyed++;
    }

private:
    std::vector<std::unique_ptr<std::string>> texts_;
};

thread_local keeper first;
thread_local keeper second;

void thread_local_destructors_use_the_heap(void **)
{
    for (int round = 1; round <= 100; round++) {
        std::thread([] {
            first.keep(300);
            second.keep(50);
        }).join();
        assert_int_equal(destroyed.load(), round * 2);
        assert_int_equal(spoilt.load(), 0);
    }
}

pthread_key_t key;

void touch_thread_local_late(void *)
{
    // The first use of the object in this thread, when other destructors have long run.
    thread_local std::vector<int> late;
    late.assign(10000, 7);
    if (late[9999] != 7)
        spoilt++;
    destroyed++;
    // Nobody destroys what is constructed this late.
    late.clear();
    late.shrink_to_fit();
}

void thread_local_constructed_in_a_key_destructor_uses_the_heap(void **)
{
    assert_int_equal(pthread_key_create(&key, touch_thread_local_late), 0);
    destroyed = 0;
    for (int round = 1; round <= 100; round++) {
        std::thread([] { pthread_setspecific(key, &key); }).join();
        assert_int_equal(destroyed.load(), round);
        assert_int_equal(spoilt.load(), 0);
    }
}

} // namespace

int main()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thread_local_destructors_use_the_heap),
        cmocka_unit_test(thread_local_constructed_in_a_key_destructor_uses_the_heap),
    };

    return cmocka_run_group_tests_name("life_thread_local", tests, nullptr, nullptr);
}
