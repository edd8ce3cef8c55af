// SPDX-License-Identifier: MIT
// Heaps over memory of the caller, by fit and by when free blocks are joined, on two traces. Beside
// them a pool of std::pmr over the same memory, and malloc, which has all memory there is.
#include "compare.hpp"
#include "heap_trace.h"

#include "ikyoalloc/heap.h"

#include <memory_resource>
#include <string>

namespace
{

// Plays the trace; what is live at its end is left to the end of the memory.
template <class Take, class Give> void play(Take take, Give give)
{
    static std::size_t size[BLOCKS];

    for (std::size_t i = 0; i < events; i++) {
        const event &e = trace[i];

        if (e.size == 0) {
            give(block[e.block], size[e.block]);
            block[e.block] = nullptr;
        } else {
            size[e.block] = e.size;
            block[e.block] = touch(take(e.size));
        }
    }
}

void compare(const std::string &name, ikyo_heap_fit fit, bool defer)
{
    std::vector<char> memory(most_asked * 2);
    ikyo_heap_options options = {fit, defer, nullptr, nullptr};

    row(name.c_str(), static_cast<double>(events), events == EVENTS ? 5 : 40)
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
                 bench_drop(block, blocks);
             })
        .way("unsynchronized", [&] {
            std::pmr::monotonic_buffer_resource all(memory.data(), memory.size());
            std::pmr::unsynchronized_pool_resource pool(&all);

            play([&](std::size_t size) { return pool.allocate(size, 16); },
                 [&](void *p, std::size_t size) { pool.deallocate(p, size, 16); });
        });
}

void compare_fits(const std::string &trace)
{
    for (bool defer : {false, true}) {
        const std::string joined = defer ? " deferred" : " joined at once";

        compare("heap: " + trace + " best fit" + joined, IKYO_HEAP_BEST_FIT, defer);
        compare("heap: " + trace + " first fit" + joined, IKYO_HEAP_FIRST_FIT, defer);
        compare("heap: " + trace + " next fit" + joined, IKYO_HEAP_NEXT_FIT, defer);
    }
}

} // namespace

int main()
{
    read_recorded();
    compare_fits("jq");
    make_phases();
    compare_fits("phases");
}
