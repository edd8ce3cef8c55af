// SPDX-License-Identifier: MIT
// The same for C++: operator new and the containers end in the installed library.
#include <cstdint>
#include <cstdio>
#include <ikyoalloc/ikyoalloc.h>
#include <ikyoalloc/stats.h>
#include <memory>
#include <new>
#include <vector>

static uint64_t live_blocks()
{
    ikyo_stats stats;

    return ikyo_stats_get(&stats, sizeof stats) ? stats.live_blocks : 0;
}

// True when a size that cannot be had ends in the exception of the C++ standard.
static bool throws()
{
    try {
        ::operator delete(::operator new(SIZE_MAX / 2 - 4096));
    } catch (const std::bad_alloc &) {
        return true;
    }
    return false;
}

int main()
{
    const uint64_t before = live_blocks();
    std::vector<std::unique_ptr<long>> numbers;

    for (long i = 0; i < 1000; i++) {
        numbers.push_back(std::make_unique<long>(i));
    }
    if (live_blocks() < before + numbers.size()) {
        std::fputs("operator new is not the library's\n", stderr);
        return 3;
    }
    if (!throws()) {
        std::fputs("operator new does not throw\n", stderr);
        return 4;
    }
    std::puts(ikyo_version());
    return 0;
}
