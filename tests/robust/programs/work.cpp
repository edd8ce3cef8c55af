// SPDX-License-Identifier: MIT
// The same for C++: containers, strings, exceptions and over-aligned objects in threads, and a new
// that cannot succeed. Prints "right".
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

struct alignas(256) Wide {
    char bytes[256];
};

static long work(int self)
{
    std::map<int, std::string> table;
    long sum = 0;

    for (int n = 0; n < 3000; n++) {
        table[n * 31 % 701] += std::string(self + 1, 'x');
        auto wide = std::make_unique<Wide>();
        if (reinterpret_cast<uintptr_t>(wide.get()) % alignof(Wide) != 0)
            return -1;
        try {
            if (n % 100 == 0)
                throw std::runtime_error(std::string(100, 'e'));
        } catch (const std::exception &e) {
            sum += static_cast<long>(std::string(e.what()).size());
        }
    }
    for (auto &entry : table)
        sum += static_cast<long>(entry.second.size());
    return sum;
}

int main()
{
    std::vector<long> sums(4);
    std::vector<std::thread> threads;
    volatile size_t impossible = SIZE_MAX / 2 - 100;
    bool thrown = false;

    for (int n = 0; n < 4; n++)
        threads.emplace_back([&sums, n] { sums[n] = work(n); });
    for (auto &thread : threads)
        thread.join();
    for (int n = 0; n < 4; n++) {
        if (sums[n] != 3000 * (n + 1) + 30 * 100)
            return 1;
    }
    try {
        char *volatile p = new char[impossible];
        delete[] p;
    } catch (const std::bad_alloc &) {
        thrown = true;
    }
    // Half of a 32 bit address space may be there for the asking.
    if (!thrown && sizeof(void *) > 4)
        return 1;
    std::puts("right");
}
