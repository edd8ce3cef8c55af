// SPDX-License-Identifier: MIT
// Pools: blocks that are given back one by one. `monotonic`, which takes nothing back, stands where
// all blocks end together; where threads meet, only what is made for them. `malloc` is that of the
// library.
#include "compare.hpp"

#include "ikyoalloc/ikyoalloc.hpp"

#include <atomic>
#include <list>
#include <map>
#include <thread>

namespace
{

enum { LIVE = 10000, TURNS = 100000, THREADS = 4, SHARED = 65536 };

// Where blocks come from: take and give of a size, and what ends all of them.
struct from_malloc {
    void *take(std::size_t size)
    {
        return malloc(size);
    }
    void give(void *block, std::size_t)
    {
        free(block);
    }
};

template <class Resource> struct from_resource {
    Resource resource;

    void *take(std::size_t size)
    {
        return resource.allocate(size, 16);
    }
    void give(void *block, std::size_t size)
    {
        resource.deallocate(block, size, 16);
    }
};

using from_unsynchronized = from_resource<std::pmr::unsynchronized_pool_resource>;
using from_synchronized = from_resource<std::pmr::synchronized_pool_resource>;
using from_monotonic = from_resource<std::pmr::monotonic_buffer_resource>;
using from_pool_resource = from_resource<ikyo::pool_resource>;

struct from_pool {
    ikyo::pool owner = ikyo::make_pool(64, 16);

    void *take(std::size_t)
    {
        return ikyo_pool_take(owner.get());
    }
    void give(void *block, std::size_t)
    {
        ikyo_pool_give(owner.get(), block);
    }
};

struct from_thread_pool {
    ikyo::thread_pool owner = ikyo::make_thread_pool(64, 16);

    void *take(std::size_t)
    {
        return ikyo_thread_pool_take(owner.get());
    }
    void give(void *block, std::size_t)
    {
        ikyo_thread_pool_give(owner.get(), block);
    }
};

struct turn {
    std::uint32_t slot, size;
};

std::vector<turn> turns(TURNS);

void draw()
{
    std::uint64_t random = 1;

    for (turn &t : turns)
        t = {static_cast<std::uint32_t>(bench_below(&random, LIVE)),
             static_cast<std::uint32_t>(1 + bench_below(&random, 1000))};
}

template <class From> void pairs(From &from)
{
    for (int i = 0; i < TURNS; i++)
        from.give(touch(from.take(64)), 64);
}

// All of `blocks` are taken, then all are given back.
template <class From> void batch(From &from, std::vector<void *> &blocks)
{
    for (void *&b : blocks)
        b = touch(from.take(64));
    for (void *b : blocks)
        from.give(b, 64);
}

// Memory is asked for, filled, and given back in one piece.
template <class From> void grow()
{
    From from;

    for (int i = 0; i < TURNS; i++)
        touch(from.take(64));
}

// Blocks that are replaced at random, of one size or of any.
template <class From, bool Mixed> class replacing
{
  public:
    replacing() : blocks_(LIVE)
    {
        for (one &b : blocks_)
            b = {touch(from_.take(64)), 64};
    }
    ~replacing()
    {
        for (one &b : blocks_)
            from_.give(b.block, b.size);
    }
    replacing(const replacing &) = delete;
    replacing &operator=(const replacing &) = delete;

    void operator()()
    {
        for (const turn &t : turns) {
            one &b = blocks_[t.slot];

            from_.give(b.block, b.size);
            b.size = Mixed ? t.size : 64;
            b.block = touch(from_.take(b.size));
        }
    }

  private:
    struct one {
        void *block;
        std::size_t size;
    };

    From from_;
    std::vector<one> blocks_;
};

void compare_pools()
{
    from_pool pool;
    from_malloc plain;
    from_unsynchronized standard;
    std::vector<void *> blocks(LIVE);

    row("pool: one at a time", TURNS)
        .way("ours", [&] { pairs(pool); })
        .way("malloc", [&] { pairs(plain); })
        .way("unsynchronized", [&] { pairs(standard); });
    row("pool: 10 000 taken and then given", LIVE)
        .way("ours", [&] { batch(pool, blocks); })
        .way("malloc", [&] { batch(plain, blocks); })
        .way("unsynchronized", [&] { batch(standard, blocks); });
    row("pool: 100 000 taken and all ended", TURNS)
        .way("ours", grow<from_pool>)
        .way("malloc", [&, all = std::vector<void *>(TURNS)]() mutable { batch(plain, all); })
        .way("growing", grow<from_monotonic>)
        .way("unsynchronized", grow<from_unsynchronized>);

    replacing<from_pool, false> ours;
    replacing<from_malloc, false> by_malloc;
    replacing<from_unsynchronized, false> unsynchronized;

    row("pool: replaced at random", TURNS)
        .way("ours", [&] { ours(); })
        .way("malloc", [&] { by_malloc(); })
        .way("unsynchronized", [&] { unsynchronized(); });
}

void list_on(std::pmr::memory_resource *resource)
{
    std::pmr::list<std::uint64_t> queue(1000, resource);

    for (std::size_t i = 0; i < TURNS; i++) {
        queue.push_back(i);
        queue.pop_front();
    }
}

void map_on(std::pmr::memory_resource *resource)
{
    std::pmr::map<std::size_t, std::size_t> tree(resource);

    for (std::size_t i = 0; i < TURNS; i++) {
        std::size_t key = i * 2654435761u % 4096;

        if (!tree.emplace(key, i).second)
            tree.erase(key);
    }
}

void compare_pool_resources()
{
    replacing<from_pool_resource, true> ours;
    replacing<from_malloc, true> by_malloc;
    replacing<from_unsynchronized, true> unsynchronized;

    row("pool_resource: 1 to 1000 bytes at random", TURNS)
        .way("ours", [&] { ours(); })
        .way("malloc", [&] { by_malloc(); })
        .way("unsynchronized", [&] { unsynchronized(); });

    ikyo::pool_resource pools;
    ikyo::memory_resource global;
    std::pmr::unsynchronized_pool_resource standard;

    row("pool_resource: std::pmr::list", TURNS)
        .way("ours", [&] { list_on(&pools); })
        .way("malloc", [&] { list_on(&global); })
        .way("unsynchronized", [&] { list_on(&standard); });
    row("pool_resource: std::pmr::map", TURNS)
        .way("ours", [&] { map_on(&pools); })
        .way("malloc", [&] { map_on(&global); })
        .way("unsynchronized", [&] { map_on(&standard); });
}

// One thread takes, another gives back: a ring of blocks between them.
template <class From> void pass_on(From &from)
{
    static std::atomic<void *> ring[1024];
    std::thread giver([&] {
        for (int i = 0; i < TURNS; i++) {
            void *block;

            while ((block = ring[i % 1024].exchange(nullptr)) == nullptr)
                std::this_thread::yield();
            from.give(block, 64);
        }
    });

    for (int i = 0; i < TURNS; i++) {
        void *block = touch(from.take(64));

        while (ring[i % 1024].load() != nullptr)
            std::this_thread::yield();
        ring[i % 1024].store(block);
    }
    giver.join();
}

void compare_thread_pools()
{
    from_thread_pool pool;
    from_malloc plain;
    from_synchronized standard;

    row("thread pool: one at a time by its owner", TURNS)
        .way("ours", [&] { pairs(pool); })
        .way("malloc", [&] { pairs(plain); })
        .way("synchronized", [&] { pairs(standard); });
    row("thread pool: given back by another thread", TURNS)
        .way("ours", [&] { pass_on(pool); })
        .way("malloc", [&] { pass_on(plain); })
        .way("synchronized", [&] { pass_on(standard); });
}

// SHARED blocks of 16 bytes are taken by so many threads, and ended together.
template <class Take, class End> void share(int threads, Take take, End end)
{
    std::vector<std::thread> takers;

    for (int t = 0; t < threads; t++)
        takers.emplace_back([=] {
            for (int i = t; i < SHARED; i += threads)
                take(i);
        });
    for (std::thread &taker : takers)
        taker.join();
    end();
}

void compare_shared_arenas(const char *name, int threads)
{
    ikyo::shared_arena owner = ikyo::make_shared_arena(64 * BENCH_MIB);
    std::pmr::synchronized_pool_resource standard;
    std::vector<void *> blocks(SHARED);

    row(name, SHARED)
        .way("ours",
             [&] {
                 share(
                     threads, [&](int) { touch(ikyo_shared_arena_alloc(owner.get(), 16, 16)); },
                     [&] { ikyo_shared_arena_reset(owner.get()); });
             })
        .way("malloc",
             [&] {
                 share(
                     threads, [&](int i) { blocks[i] = touch(malloc(16)); },
                     [&] { bench_drop(blocks.data(), SHARED); });
             })
        .way("synchronized", [&] {
            share(
                threads, [&](int) { touch(standard.allocate(16, 16)); },
                [&] { standard.release(); });
        });
}

} // namespace

int main()
{
    draw();
    compare_pools();
    compare_pool_resources();
    compare_thread_pools();
    compare_shared_arenas("shared arena: one thread", 1);
    compare_shared_arenas("shared arena: four threads", THREADS);
}
