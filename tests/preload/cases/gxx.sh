# SPDX-License-Identifier: MIT
# The C++ compiler on heavy templates, and the program it makes: containers, exceptions, threads.
# Programs: g++
# Packages: g++
cat >program.cpp <<'END'
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <regex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>
struct alignas(64) Line { char bytes[64]; };
static size_t work(int seed, int rounds)
{
    size_t sum = 0;
    for (int r = 0; r < rounds; r++) {
        std::map<std::string, std::vector<int>> tree;
        std::unordered_map<int, std::shared_ptr<std::string>> table;
        for (int i = 0; i < 2000; i++) {
            tree["key " + std::to_string(i * seed % 701)].push_back(i);
            table[i * 31 % 997] = std::make_shared<std::string>(i % 80, 'x');
        }
        std::vector<std::unique_ptr<Line>> lines;
        for (int i = 0; i < 100; i++) {
            lines.push_back(std::make_unique<Line>());
            if (reinterpret_cast<uintptr_t>(lines.back().get()) % 64 != 0)
                std::abort();
        }
        for (auto &e : table)
            sum += e.second->size();
        try {
            throw std::runtime_error(std::string(200, 'e'));
        } catch (const std::exception &e) {
            sum += std::string(e.what()).size();
        }
        sum += tree.size();
    }
    return sum;
}
int main()
{
    int rounds = 40 * std::atoi(std::getenv("SCALE"));
    std::vector<size_t> sums(4);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; t++)
        threads.emplace_back([&, t] { sums[t] = work(t + 3, rounds); });
    for (auto &t : threads)
        t.join();
    for (size_t s : sums)
        std::cout << s << "\n";
    std::cout << std::regex_replace(std::string("a1b22c333"), std::regex("[0-9]+"), "#") << "\n";
    try {
        std::vector<char> huge(size_t(1) << 60);
        std::cout << huge.size() << "\n";
    } catch (const std::bad_alloc &) {
        std::cout << "bad_alloc\n";
    }
}
END
g++ -std=c++17 -O1 -pthread program.cpp -o program || exit 1
./program
