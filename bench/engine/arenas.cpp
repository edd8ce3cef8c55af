// SPDX-License-Identifier: MIT
// Arenas, frames and scopes: blocks that end together. `monotonic` has a buffer that all of it fits
// in, as the arena has its memory from the round before; `growing` is the same without a buffer.
// `malloc` is that of the library, and its blocks are freed one by one.
#include "compare.hpp"

#include "ikyoalloc/ikyoalloc.hpp"

#include <array>
#include <string>
#include <unordered_map>

namespace
{

enum { BLOCKS = 8192, RESERVE = 64 * BENCH_MIB };

// As large as the compiler does not know, so that all blocks are written in the same way.
__attribute__((noinline)) void fill(void *block, std::size_t size)
{
    memset(bench_need(block), 1, size);
}

// Each way to get memory has take(size, alignment), inline, so that an alignment that is a constant
// is one, and end(), which gives up all that was taken.
struct by_arena {
    ikyo_arena *arena;

    void *take(std::size_t size, std::size_t alignment)
    {
        return ikyo_arena_alloc(arena, size, alignment);
    }
    void end()
    {
        ikyo_arena_rewind(arena, 0);
    }
};

struct by_reset : by_arena {
    void end()
    {
        ikyo_arena_reset(arena);
    }
};

struct by_frame {
    ikyo_frame_arena *frame;

    void *take(std::size_t size, std::size_t alignment)
    {
        return ikyo_frame_arena_alloc(frame, size, alignment);
    }
    void end()
    {
        ikyo_frame_arena_end(frame);
    }
};

struct by_scope {
    ikyo_scope *scope;

    void *take(std::size_t size, std::size_t alignment)
    {
        return ikyo_scope_alloc(scope, size, alignment);
    }
    void end()
    {
        ikyo_scope_release_all(scope);
    }
};

struct by_malloc {
    std::vector<void *> blocks;

    void *take(std::size_t size, std::size_t alignment)
    {
        return blocks.emplace_back(alignment <= 16 ? malloc(size) : aligned_alloc(alignment, size));
    }
    void end()
    {
        for (void *block : blocks)
            free(block);
        blocks.clear();
    }
};

// The type is known to the compiler, so that nothing is called by a pointer.
template <class Resource> struct by_resource {
    Resource resource;

    void *take(std::size_t size, std::size_t alignment)
    {
        return resource.allocate(size, alignment);
    }
    void end()
    {
        resource.release();
    }
};

using by_monotonic = by_resource<std::pmr::monotonic_buffer_resource>;
using by_pool = by_resource<std::pmr::unsynchronized_pool_resource>;

// A row on all of them: `body` gets a way, does its work with it, and ends it.
template <class Ours, class Body>
void compare(const char *name, double operations, Ours ours, Body body)
{
    std::vector<char> buffer(RESERVE);
    by_malloc by_malloc;
    by_monotonic monotonic{{buffer.data(), buffer.size()}}, growing;
    by_pool pool;

    row(name, operations)
        .way("ours", [&] { body(ours); })
        .way("malloc", [&] { body(by_malloc); })
        .way("monotonic", [&] { body(monotonic); })
        .way("growing", [&] { body(growing); })
        .way("unsynchronized", [&] { body(pool); });
}

std::array<std::uint32_t, BLOCKS> sizes, alignments;

void draw()
{
    std::uint64_t random = 1;

    for (int i = 0; i < BLOCKS; i++) {
        std::size_t size = bench_size(bench_program_sizes, &random);

        sizes[i] = static_cast<std::uint32_t>(std::min<std::size_t>(size, 4096));
        alignments[i] = 8u << bench_below(&random, 5);
    }
}

void compare_arenas()
{
    ikyo::arena owner = ikyo::make_arena(RESERVE);
    by_arena ours{owner.get()};

    compare("arena: blocks of 48 bytes", BLOCKS, ours, [](auto &way) {
        for (int i = 0; i < BLOCKS; i++)
            touch(way.take(48, 16));
        way.end();
    });
    compare("arena: a program's sizes", BLOCKS, ours, [](auto &way) {
        for (std::uint32_t size : sizes)
            touch(way.take(size, 16));
        way.end();
    });
    compare("arena: the same at alignments known at run time", BLOCKS, ours, [](auto &way) {
        for (int i = 0; i < BLOCKS; i++)
            touch(way.take(sizes[i], alignments[i]));
        way.end();
    });
    compare("arena: 64 blocks of 16 000 bytes and a reset", 64, by_reset{{owner.get()}},
            [](auto &way) {
                for (int i = 0; i < 64; i++)
                    touch(way.take(16000, 16));
                way.end();
            });
}

void compare_frames()
{
    ikyo::frame_arena owner = ikyo::make_frame_arena(RESERVE);
    by_frame ours{owner.get()};

    compare("frame: 1 MiB of a program's sizes written", BLOCKS, ours, [](auto &way) {
        for (std::uint32_t size : sizes)
            fill(way.take(size, 16), size);
        way.end();
    });
    compare("frame: 1 MiB of 256-byte blocks written", 4096, ours, [](auto &way) {
        for (int i = 0; i < 4096; i++)
            fill(way.take(256, 16), 256);
        way.end();
    });
    compare("frame: 1 MiB of 1 KiB blocks written", 1024, ours, [](auto &way) {
        for (int i = 0; i < 1024; i++)
            fill(way.take(1024, 16), 1024);
        way.end();
    });
}

void compare_scopes()
{
    ikyo::scope owner = ikyo::make_scope();

    compare("scope: requests of 60 blocks", 60, by_scope{owner.get()}, [](auto &way) {
        for (int i = 0; i < 60; i++)
            touch(way.take(std::min<std::size_t>(sizes[i], 1000), 16));
        way.end();
    });
}

// std::pmr containers, which reach every resource by a pointer.
template <class Body> void compare_resources(const char *name, double operations, Body body)
{
    ikyo::frame_arena owner = ikyo::make_frame_arena(RESERVE);
    ikyo::arena_resource arena(owner.get());
    std::vector<char> buffer(RESERVE);
    std::pmr::monotonic_buffer_resource monotonic(buffer.data(), buffer.size()), growing;
    std::pmr::unsynchronized_pool_resource pool;
    ikyo::memory_resource global;

    row(name, operations)
        .way("ours", [&] { body(&arena), ikyo_frame_arena_end(owner.get()); })
        .way("malloc", [&] { body(&global); })
        .way("monotonic", [&] { body(&monotonic), monotonic.release(); })
        .way("growing", [&] { body(&growing), growing.release(); })
        .way("unsynchronized", [&] { body(&pool); });
}

void compare_containers()
{
    compare_resources("frame: pmr::vector of 32 ints as it grows", 512,
                      [](std::pmr::memory_resource *resource) {
                          for (int i = 0; i < 512; i++) {
                              std::pmr::vector<int> numbers(resource);
                              for (int n = 0; n < 32; n++)
                                  numbers.push_back(n);
                              touch(numbers.data());
                          }
                      });
    compare_resources("frame: entry of pmr::unordered_map", 2048,
                      [](std::pmr::memory_resource *resource) {
                          std::pmr::unordered_map<int, std::pmr::string> map(resource);
                          for (int i = 0; i < 2048; i++)
                              map.emplace(i, "a text that does not fit in the string itself");
                          touch(&map.at(2047)[0]);
                      });
}

} // namespace

int main()
{
    draw();
    compare_arenas();
    compare_frames();
    compare_scopes();
    compare_containers();
}
