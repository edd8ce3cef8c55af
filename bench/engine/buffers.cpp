// SPDX-License-Identifier: MIT
// Buffers beside std::vector: one that is made and ended, and one that elements are appended to,
// which moves to twice the room whenever it is full. `malloc` is the vector on that of the library.
#include "compare.hpp"

#include "ikyoalloc/ikyoalloc.hpp"

#include <cstring>
#include <memory_resource>

namespace
{

using element = std::uint64_t;

enum { MADE = 1000, SMALL = 128, FIRST = 16, FEW = 1000, MANY = 1000000 };

void make_ours()
{
    for (int i = 0; i < MADE; i++) {
        ikyo_buffer buffer;

        if (!ikyo_buffer_create(&buffer, SMALL, sizeof(element), alignof(element), nullptr))
            abort();
        touch(buffer.data);
        ikyo_buffer_destroy(&buffer);
    }
}

// Reserved and not resized: the elements of a buffer are undefined, too.
template <class Vector> void make(const Vector &like)
{
    for (int i = 0; i < MADE; i++) {
        Vector vector(like.get_allocator());

        vector.reserve(SMALL);
        touch(vector.data());
    }
}

ikyo_buffer twice(ikyo_buffer full)
{
    ikyo_buffer larger;

    if (!ikyo_buffer_create(&larger, 2 * full.count, sizeof(element), alignof(element), nullptr))
        abort();
    memcpy(larger.data, full.data, full.count * sizeof(element));
    ikyo_buffer_destroy(&full);
    return larger;
}

void append_ours(std::size_t count)
{
    ikyo_buffer buffer;

    if (!ikyo_buffer_create(&buffer, FIRST, sizeof(element), alignof(element), nullptr))
        abort();
    for (std::size_t i = 0; i < count; i++) {
        if (i == buffer.count)
            buffer = twice(ikyo_buffer_move(&buffer));
        static_cast<element *>(buffer.data)[i] = i;
    }
    touch(buffer.data);
    ikyo_buffer_destroy(&buffer);
}

template <class Vector> void append(Vector vector, std::size_t count)
{
    vector.reserve(FIRST);
    for (std::size_t i = 0; i < count; i++)
        vector.push_back(i);
    touch(vector.data());
}

template <class Resource> void append_on(std::size_t count)
{
    Resource resource;

    append(std::pmr::vector<element>(&resource), count);
}

void grow(const char *name, std::size_t count)
{
    row(name, static_cast<double>(count))
        .way("ours", [=] { append_ours(count); })
        .way("malloc", [=] { append(std::vector<element>(), count); })
        .way("growing", [=] { append_on<std::pmr::monotonic_buffer_resource>(count); })
        .way("unsynchronized", [=] { append_on<std::pmr::unsynchronized_pool_resource>(count); });
}

} // namespace

int main()
{
    std::pmr::unsynchronized_pool_resource standard;

    row("buffer: 1 KiB made and ended", MADE)
        .way("ours", make_ours)
        .way("malloc", [] { make(std::vector<element>()); })
        .way("unsynchronized", [&] { make(std::pmr::vector<element>(&standard)); });
    grow("buffer: 1 000 elements appended", FEW);
    grow("buffer: 1 000 000 elements appended", MANY);
}
