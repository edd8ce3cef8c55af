// SPDX-License-Identifier: MIT
// The C++ operators: all 20 are ours, throw by the program's own run-time, and ask its handler.
#include <ikyoalloc/stats.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>

static int failures;

#define EXPECT(x) ((x) ? (void)0 : (void)(failures++, std::printf("%s:%d: %s\n", __FILE__, __LINE__, #x)))

static std::uint64_t handed_out()
{
    ikyo_stats stats;

    return ikyo_stats_get(&stats, sizeof stats) ? stats.allocations : 0;
}

static volatile std::size_t too_much = std::size_t(1) << 60;
static void *volatile sink; // or the compiler leaves out what nobody uses
static int handler_calls;

static void handler()
{
    if (++handler_calls == 3)
        std::set_new_handler(nullptr);
}

static void each_form_is_ours()
{
    const std::align_val_t alignment{256};
    std::uint64_t before = handed_out();

    operator delete(operator new(10));
    operator delete(operator new(10), std::size_t(10));
    operator delete[](operator new[](10));
    operator delete[](operator new[](10), std::size_t(10));
    operator delete(operator new(10, std::nothrow), std::nothrow);
    operator delete[](operator new[](10, std::nothrow), std::nothrow);
    operator delete(operator new(10, alignment), alignment);
    operator delete(operator new(10, alignment), std::size_t(10), alignment);
    operator delete[](operator new[](10, alignment), alignment);
    operator delete[](operator new[](10, alignment), std::size_t(10), alignment);
    operator delete(operator new(10, alignment, std::nothrow), alignment, std::nothrow);
    operator delete[](operator new[](10, alignment, std::nothrow), alignment, std::nothrow);
    std::printf("%d of 12\n", int(handed_out() - before));
    EXPECT(handed_out() == before + 12);
    void *p = operator new(10, alignment);
    EXPECT(reinterpret_cast<std::uintptr_t>(p) % 256 == 0);
    operator delete(p, alignment);
}

template <class Call> static bool throws(Call call)
{
    try {
        call();
    } catch (const std::bad_alloc &) {
        return true;
    }
    return false;
}

static void no_memory_is_thrown_or_null()
{
    EXPECT(throws([] { sink = operator new(too_much); }));
    EXPECT(throws([] { sink = operator new[](too_much); }));
    EXPECT(throws([] { sink = operator new(too_much, std::align_val_t{64}); }));
    EXPECT(operator new(too_much, std::nothrow) == nullptr);
    EXPECT(operator new[](too_much, std::nothrow) == nullptr);
    EXPECT(operator new(too_much, std::align_val_t{64}, std::nothrow) == nullptr);
    std::set_new_handler(handler);
    EXPECT(throws([] { sink = operator new(too_much); }));
    EXPECT(handler_calls == 3);
}

int main()
{
    each_form_is_ours();
    no_memory_is_thrown_or_null();
    return failures;
}
