// SPDX-License-Identifier: MIT
// Arenas beside malloc and std::pmr::monotonic_buffer_resource: nanoseconds a block, or a frame,
// the shortest of several rounds. The monotonic resource gets a buffer that all of it fits in, so
// that it never asks for more, as the arena has its memory from the round before.
//
//     c++ -std=c++17 -O2 -Iinclude bench/engine/arena.cpp -LBUILD -likyoalloc -o arena
//     LD_LIBRARY_PATH=BUILD ./arena      (malloc is that of ikyoalloc then)
#include "../bench.h"

#include "ikyoalloc/ikyoalloc.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

enum { ROUNDS = 20, BATCHES = 50, BLOCKS = 8192, RESERVE = 64 * BENCH_MIB };

// A block is written to, as every block of a program is, and the compiler may not drop it.
inline void use(void *block)
{
    *static_cast<volatile char *>(bench_need(block)) = 1;
}

// As large as the compiler does not know, so that all blocks are written in the same way.
__attribute__((noinline)) void fill(void *block, std::size_t size)
{
    memset(bench_need(block), 1, size);
}

// Each way to get memory has take(size, alignment), take_aligned<alignment>(size), and end(),
// which gives up all that was taken.
struct by_arena {
    ikyo::arena arena = ikyo::make_arena(RESERVE);
    ikyo::arena_resource pmr{arena.get()};

    template <std::size_t Alignment> void *take(std::size_t size)
    {
        return ikyo_arena_alloc(arena.get(), size, Alignment);
    }
    void *take(std::size_t size, std::size_t alignment)
    {
        return ikyo_arena_alloc(arena.get(), size, alignment);
    }
    void end()
    {
        ikyo_arena_rewind(arena.get(), 0);
    }
    std::pmr::memory_resource *resource()
    {
        return &pmr;
    }
};

struct by_malloc {
    std::vector<void *> blocks = std::vector<void *>(BLOCKS);
    std::size_t count = 0;

    template <std::size_t Alignment> void *take(std::size_t size)
    {
        return blocks[count++] = malloc(size);
    }
    void *take(std::size_t size, std::size_t alignment)
    {
        return blocks[count++] = alignment <= 16 ? malloc(size) : aligned_alloc(alignment, size);
    }
    void end()
    {
        while (count > 0)
            free(blocks[--count]);
    }
    std::pmr::memory_resource *resource()
    {
        return std::pmr::new_delete_resource();
    }
};

struct by_monotonic {
    std::vector<char> buffer = std::vector<char>(RESERVE);
    std::pmr::monotonic_buffer_resource monotonic{buffer.data(), buffer.size()};

    template <std::size_t Alignment> void *take(std::size_t size)
    {
        return monotonic.allocate(size, Alignment);
    }
    void *take(std::size_t size, std::size_t alignment)
    {
        return monotonic.allocate(size, alignment);
    }
    void end()
    {
        monotonic.release();
    }
    std::pmr::memory_resource *resource()
    {
        return &monotonic;
    }
};

std::array<std::uint32_t, BLOCKS> drawn_sizes, drawn_alignments;

template <class Way> double same_size(Way &way)
{
    for (int i = 0; i < BLOCKS; i++)
        use(way.template take<16>(48));
    way.end();
    return BLOCKS;
}

template <class Way> double mixed_sizes(Way &way)
{
    for (std::uint32_t size : drawn_sizes)
        use(way.template take<16>(size));
    way.end();
    return BLOCKS;
}

template <class Way> double mixed_alignments(Way &way)
{
    for (int i = 0; i < BLOCKS; i++)
        use(way.take(drawn_sizes[i], drawn_alignments[i]));
    way.end();
    return BLOCKS;
}

// Frames of about 1 MiB, all of it written.
template <class Way> double frame_of_mixed_sizes(Way &way)
{
    for (std::uint32_t size : drawn_sizes)
        fill(way.template take<16>(size), size);
    way.end();
    return 1;
}

template <class Way> double frame_of_1_kib(Way &way)
{
    for (int i = 0; i < 1024; i++)
        fill(way.template take<16>(1024), 1024);
    way.end();
    return 1;
}

template <class Way> double pmr_vectors(Way &way)
{
    for (int i = 0; i < 512; i++) {
        std::pmr::vector<int> numbers(way.resource());
        for (int n = 0; n < 32; n++)
            numbers.push_back(n);
        use(numbers.data());
    }
    way.end();
    return 512;
}

template <class Way> double pmr_map(Way &way)
{
    {
        std::pmr::unordered_map<int, std::pmr::string> map(way.resource());
        for (int i = 0; i < 2048; i++)
            map.emplace(i, "a text that does not fit in the string itself");
        use(&map.at(2047)[0]);
    }
    way.end();
    return 2048;
}

template <class Way, class Row> double once(Way &way, Row row)
{
    double began = bench_now(), operations = 0;

    for (int batch = 0; batch < BATCHES; batch++)
        operations += row(way);
    return (bench_now() - began) * 1e9 / operations;
}

// The ways take turns, so that what disturbs the machine for a while disturbs all of them.
template <class Row> void compare(const char *name, Row row)
{
    by_arena arena;
    by_malloc by_malloc;
    by_monotonic monotonic;
    double best[3] = {1e9, 1e9, 1e9};

    for (int round = 0; round < ROUNDS; round++) {
        best[0] = std::min(best[0], once(arena, row));
        best[1] = std::min(best[1], once(by_malloc, row));
        best[2] = std::min(best[2], once(monotonic, row));
    }
    printf("%-36s %10.2f %10.2f %10.2f\n", name, best[0], best[1], best[2]);
}

} // namespace

int main()
{
    std::uint64_t random = 1;

    for (int i = 0; i < BLOCKS; i++) {
        std::size_t size = bench_size(bench_program_sizes, &random);

        drawn_sizes[i] = std::min<std::size_t>(size, 4096);
        drawn_alignments[i] = 8u << bench_below(&random, 5);
    }
    printf("%-36s %10s %10s %10s\n", "ns", "arena", "malloc", "monotonic");
    compare("block of 48 bytes", [](auto &way) { return same_size(way); });
    compare("block of a program's sizes", [](auto &way) { return mixed_sizes(way); });
    compare("block, alignments from 8 to 128", [](auto &way) { return mixed_alignments(way); });
    compare("frame of mixed sizes, written", [](auto &way) { return frame_of_mixed_sizes(way); });
    compare("frame of 1 KiB blocks, written", [](auto &way) { return frame_of_1_kib(way); });
    compare("pmr::vector of 32 ints", [](auto &way) { return pmr_vectors(way); });
    compare("entry of pmr::unordered_map", [](auto &way) { return pmr_map(way); });
}
