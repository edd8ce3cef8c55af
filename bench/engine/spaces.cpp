// SPDX-License-Identifier: MIT
// Spaces: heaps that end as a whole, of one thread and of four. `malloc` is that of the library.
#include "compare.hpp"

#include "ikyoalloc/ikyoalloc.hpp"

#include <thread>

namespace
{

enum { LIVE = 10000, TURNS = 100000, THREADS = 4 };

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

struct from_space {
    ikyo::space owner = ikyo::make_space();

    void *take(std::size_t size)
    {
        return ikyo_space_alloc(owner.get(), size);
    }
    void give(void *block, std::size_t)
    {
        ikyo_space_free(owner.get(), block);
    }
};

struct from_synchronized {
    std::pmr::synchronized_pool_resource resource;

    void *take(std::size_t size)
    {
        return resource.allocate(size, 16);
    }
    void give(void *block, std::size_t size)
    {
        resource.deallocate(block, size, 16);
    }
};

template <class From> void pairs(From &from)
{
    for (int i = 0; i < TURNS; i++)
        from.give(touch(from.take(64)), 64);
}

// Blocks of 1 to 1000 bytes are replaced at random; what is left ends with `from`, or is dropped.
template <class From> void replace(From &from, int turns, bool drop)
{
    struct one {
        void *block;
        std::size_t size;
    };
    std::vector<one> blocks(LIVE / THREADS);
    std::uint64_t random = 1;

    for (int i = 0; i < turns; i++) {
        one &b = blocks[bench_below(&random, blocks.size())];

        if (b.block != nullptr)
            from.give(b.block, b.size);
        b.size = 1 + bench_below(&random, 1000);
        b.block = touch(from.take(b.size));
    }
    for (one &b : blocks)
        if (drop && b.block != nullptr)
            from.give(b.block, b.size);
}

template <class Work> void in_threads(Work work)
{
    std::vector<std::thread> threads;

    for (int t = 0; t < THREADS; t++)
        threads.emplace_back(work);
    for (std::thread &thread : threads)
        thread.join();
}

template <class From> void of_all()
{
    From from;

    in_threads([&] { replace(from, TURNS / THREADS, true); });
}

template <class From> void of_each()
{
    in_threads([] {
        From from;

        replace(from, TURNS / THREADS, true);
    });
}

template <class From> void until_the_end(bool drop)
{
    From from;

    replace(from, TURNS, drop);
}

} // namespace

int main()
{
    from_space space;
    from_malloc plain;
    from_synchronized standard;

    row("space: one at a time", TURNS)
        .way("ours", [&] { pairs(space); })
        .way("malloc", [&] { pairs(plain); })
        .way("synchronized", [&] { pairs(standard); });
    row("space: 1 to 1000 bytes at random until all end", TURNS)
        .way("ours", [] { until_the_end<from_space>(false); })
        .way("malloc", [] { until_the_end<from_malloc>(true); })
        .way("synchronized", [] { until_the_end<from_synchronized>(false); });
    row("space: the same by four threads on one", TURNS)
        .way("ours", of_all<from_space>)
        .way("malloc", of_all<from_malloc>)
        .way("synchronized", of_all<from_synchronized>);
    row("space: the same by four threads on four", TURNS)
        .way("ours", of_each<from_space>)
        .way("malloc", of_each<from_malloc>)
        .way("synchronized", of_each<from_synchronized>);
}
