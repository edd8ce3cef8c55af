// SPDX-License-Identifier: MIT
// The server in C++, with operator new and sized delete: what knowing the size is worth.
#include "bench_server.h"

#include <new>

// Standard C++, but older compilers declare it only when asked to by an option.
void operator delete(void *p, std::size_t size) noexcept;

static void *take(size_t size)
{
    return ::operator new(size);
}

static void give(void *p, size_t size)
{
    ::operator delete(p, size);
}

int main()
{
    return bench_server(take, give);
}
