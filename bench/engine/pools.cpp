// SPDX-License-Identifier: MIT
// Pools, scopes and thread pools, beside malloc of this library and what std::pmr has for the
// purpose: nanoseconds a block, taken and given back, each the shortest of several rounds.
//     c++ -std=c++17 -O2 -Iinclude bench/engine/pools.cpp -Lbuild/release -likyoalloc -pthread
#include "ikyoalloc/ikyoalloc.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <map>
#include <thread>
#include <vector>

namespace
{

constexpr int rounds = 7;
constexpr std::size_t live = 10000, turns = 400000, request = 60;

std::uint64_t random_state = 1;

std::size_t below(std::size_t end)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return static_cast<std::size_t>((random_state >> 32) * end >> 32);
}

// A block that is not written might never be taken at all.
void *touched(void *block)
{
    if (block == nullptr)
        std::abort();
    *static_cast<volatile char *>(block) = 1;
    return block;
}

// Where blocks come from: take and give of a size, and the end of all blocks at once.
struct from_malloc {
    void *take(std::size_t size)
    {
        return std::malloc(size);
    }
    void give(void *block, std::size_t)
    {
        std::free(block);
    }
};

template <class Resource> struct from_resource {
    Resource resource;
    std::pmr::memory_resource *base = &resource;
    void *take(std::size_t size)
    {
        return base->allocate(size, 16);
    }
    void give(void *block, std::size_t size)
    {
        base->deallocate(block, size, 16);
    }
};

struct from_pool {
    ikyo::pool pool = ikyo::make_pool(64, 16);
    void *take(std::size_t)
    {
        return ikyo_pool_take(pool.get());
    }
    void give(void *block, std::size_t)
    {
        ikyo_pool_give(pool.get(), block);
    }
};

struct from_thread_pool {
    ikyo::thread_pool pool = ikyo::make_thread_pool(64, 16);
    void *take(std::size_t)
    {
        return ikyo_thread_pool_take(pool.get());
    }
    void give(void *block, std::size_t)
    {
        ikyo_thread_pool_give(pool.get(), block);
    }
};

using standard_pool = from_resource<std::pmr::unsynchronized_pool_resource>;
using standard_locked_pool = from_resource<std::pmr::synchronized_pool_resource>;
using pool_resource = from_resource<ikyo::pool_resource>;

template <class Work> double shortest(Work work, double blocks)
{
    double best = 1e9;

    for (int i = 0; i < rounds; i++) {
        auto began = std::chrono::steady_clock::now();
        work();
        std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - began;
        best = std::min(best, took.count() / blocks);
    }
    return best;
}

template <class From> double pairs()
{
    From from;

    return shortest(
        [&] {
            for (std::size_t i = 0; i < turns; i++)
                from.give(touched(from.take(64)), 64);
        },
        turns);
}

template <class From> double batches()
{
    From from;
    std::vector<void *> block(live);

    return shortest(
        [&] {
            for (std::size_t round = 0; round < turns / live; round++) {
                for (void *&b : block)
                    b = touched(from.take(64));
                for (void *b : block)
                    from.give(b, 64);
            }
        },
        turns);
}

template <class From> double replaced()
{
    From from;
    std::vector<void *> block(live);

    for (void *&b : block)
        b = touched(from.take(64));
    double best = shortest(
        [&] {
            for (std::size_t i = 0; i < turns; i++) {
                void *&b = block[below(live)];
                from.give(b, 64);
                b = touched(from.take(64));
            }
        },
        turns);
    for (void *b : block)
        from.give(b, 64);
    return best;
}

// Nothing is there yet: memory is asked for, filled, and given back in one piece.
template <class From> double grown()
{
    return shortest(
        [] {
            From from;
            for (std::size_t i = 0; i < turns; i++)
                touched(from.take(64));
        },
        turns);
}

double grown_by_malloc()
{
    return shortest(
        [] {
            std::vector<void *> block(turns);
            for (void *&b : block)
                b = touched(std::malloc(64));
            for (void *b : block)
                std::free(b);
        },
        turns);
}

template <class From> double mixed()
{
    From from;
    struct sized {
        void *block;
        std::size_t size;
    };
    std::vector<sized> block(live);

    for (sized &b : block)
        b = {touched(from.take(16)), 16};
    double best = shortest(
        [&] {
            for (std::size_t i = 0; i < turns; i++) {
                sized &b = block[below(live)];
                from.give(b.block, b.size);
                b.size = 1 + below(1000);
                b.block = touched(from.take(b.size));
            }
        },
        turns);
    for (sized &b : block)
        from.give(b.block, b.size);
    return best;
}

double list_on(std::pmr::memory_resource *resource)
{
    std::pmr::list<std::uint64_t> queue(resource);

    for (std::size_t i = 0; i < 1000; i++)
        queue.push_back(i);
    return shortest(
        [&] {
            for (std::size_t i = 0; i < turns; i++) {
                queue.push_back(i);
                queue.pop_front();
            }
        },
        turns);
}

double map_on(std::pmr::memory_resource *resource)
{
    return shortest(
        [&] {
            std::pmr::map<std::size_t, std::size_t> tree(resource);
            for (std::size_t i = 0; i < turns / 4; i++) {
                std::size_t key = i * 2654435761u % 4096;
                if (!tree.emplace(key, i).second)
                    tree.erase(key);
            }
        },
        turns / 4);
}

// A request takes blocks of many sizes and ends them all.
template <class Take, class End> double requests(Take take, End end)
{
    std::vector<std::size_t> size(request);

    for (std::size_t &s : size)
        s = 1 + below(below(4) == 0 ? 1000 : 100);
    return shortest(
        [&] {
            for (std::size_t round = 0; round < turns / request; round++) {
                for (std::size_t s : size)
                    touched(take(s));
                end();
            }
        },
        turns);
}

double requests_by_scope()
{
    ikyo::scope scope = ikyo::make_scope();

    return requests([&](std::size_t size) { return ikyo_scope_alloc(scope.get(), size, 16); },
                    [&] { ikyo_scope_release_all(scope.get()); });
}

double requests_by_malloc()
{
    std::vector<void *> block;

    return requests([&](std::size_t size) { return block.emplace_back(std::malloc(size)); },
                    [&] {
                        for (void *b : block)
                            std::free(b);
                        block.clear();
                    });
}

double requests_by_standard()
{
    std::pmr::monotonic_buffer_resource resource;
    std::pmr::memory_resource *base = &resource;

    return requests([&](std::size_t size) { return base->allocate(size, 16); },
                    [&] { resource.release(); });
}

// One thread takes, another gives back: a ring of blocks between them.
template <class From> double passed_on()
{
    constexpr std::size_t places = 1024;
    static std::atomic<void *> ring[places];
    From from;

    return shortest(
        [&] {
            std::thread giver([&] {
                for (std::size_t i = 0; i < turns; i++) {
                    void *block;
                    while ((block = ring[i % places].exchange(nullptr)) == nullptr)
                        std::this_thread::yield();
                    from.give(block, 64);
                }
            });
            for (std::size_t i = 0; i < turns; i++) {
                void *block = touched(from.take(64));
                while (ring[i % places].load() != nullptr)
                    std::this_thread::yield();
                ring[i % places].store(block);
            }
            giver.join();
        },
        turns);
}

void row(const char *name, double ours, double malloc_, double standard)
{
    std::printf("%-44s %8.2f %8.2f %8.2f  %s\n", name, ours, malloc_, standard,
                ours < malloc_ && ours < standard ? "" : "slower");
}

} // namespace

int main()
{
    ikyo::pool_resource pools, more_pools;
    std::pmr::unsynchronized_pool_resource standard, more_standard;
    ikyo::memory_resource global;

    std::printf("%-44s %8s %8s %8s\n", "ns a block", "ours", "malloc", "std::pmr");
    row("pool: one at a time", pairs<from_pool>(), pairs<from_malloc>(), pairs<standard_pool>());
    row("pool: 10 000 taken, then given", batches<from_pool>(), batches<from_malloc>(),
        batches<standard_pool>());
    row("pool: replaced at random", replaced<from_pool>(), replaced<from_malloc>(),
        replaced<standard_pool>());
    row("pool: 400 000 taken, all released", grown<from_pool>(), grown_by_malloc(),
        grown<standard_pool>());
    row("pool_resource: one at a time", pairs<pool_resource>(), pairs<from_malloc>(),
        pairs<standard_pool>());
    row("pool_resource: 1 to 1000 bytes at random", mixed<pool_resource>(), mixed<from_malloc>(),
        mixed<standard_pool>());
    row("pool_resource: std::pmr::list", list_on(&pools), list_on(&global), list_on(&standard));
    row("pool_resource: std::pmr::map", map_on(&more_pools), map_on(&global),
        map_on(&more_standard));
    row("scope: requests of 60 blocks", requests_by_scope(), requests_by_malloc(),
        requests_by_standard());
    row("thread pool: one at a time by its owner", pairs<from_thread_pool>(), pairs<from_malloc>(),
        pairs<standard_locked_pool>());
    row("thread pool: given back by another thread", passed_on<from_thread_pool>(),
        passed_on<from_malloc>(), passed_on<standard_locked_pool>());
}
