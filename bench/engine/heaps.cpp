// SPDX-License-Identifier: MIT
// Heaps over memory of the caller, by fit and by when free blocks are joined, on one trace. Beside
// them a pool of std::pmr over the same memory, and malloc, which has all memory there is.
#include "compare.hpp"
#include "heap_trace.h"

#include "ikyoalloc/heap.h"

#include <memory_resource>

namespace
{

// Plays the trace; what is live at its end is left to the end of the memory.
template <class Take, class Give> void play(Take take, Give give)
{
    static std::size_t size[BLOCKS];

    for (const event &e : trace) {
        if (e.size == 0) {
            give(block[e.block], size[e.block]);
            block[e.block] = nullptr;
        } else {
            size[e.block] = e.size;
            block[e.block] = touch(take(e.size));
        }
    }
}

void compare(const char *name, ikyo_heap_fit fit, bool defer)
{
    std::vector<char> memory(most_asked * 2);
    ikyo_heap_options options = {fit, defer, nullptr, nullptr};

    row(name, EVENTS, 5)
        .way("ours",
             [&] {
                 ikyo_heap *heap = ikyo_heap_init(memory.data(), memory.size(), &options);

                 play([=](std::size_t size) { return ikyo_heap_alloc(heap, size); },
                      [=](void *p, std::size_t) { ikyo_heap_free(heap, p); });
             })
        .way("malloc",
             [] {
                 play([](std::size_t size) { return malloc(size); },
                      [](void *p, std::size_t) { free(p); });
                 bench_drop(block, BLOCKS);
             })
        .way("unsynchronized", [&] {
            std::pmr::monotonic_buffer_resource all(memory.data(), memory.size());
            std::pmr::unsynchronized_pool_resource pool(&all);

            play([&](std::size_t size) { return pool.allocate(size, 16); },
                 [&](void *p, std::size_t size) { pool.deallocate(p, size, 16); });
        });
}

} // namespace

int main()
{
    record();
    compare("heap: best fit joined at once", IKYO_HEAP_BEST_FIT, false);
    compare("heap: first fit joined at once", IKYO_HEAP_FIRST_FIT, false);
    compare("heap: next fit joined at once", IKYO_HEAP_NEXT_FIT, false);
    compare("heap: best fit deferred", IKYO_HEAP_BEST_FIT, true);
    compare("heap: first fit deferred", IKYO_HEAP_FIRST_FIT, true);
    compare("heap: next fit deferred", IKYO_HEAP_NEXT_FIT, true);
}
