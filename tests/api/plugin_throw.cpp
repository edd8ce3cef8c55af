// SPDX-License-Identifier: MIT
// A C++ library that a C program loads for itself alone: does `new` throw in it?
#include <cstdint>
#include <new>

extern "C" int catches_bad_alloc()
{
    volatile std::size_t size = SIZE_MAX - 4096;

    try {
        ::operator delete(::operator new(size));
    } catch (const std::bad_alloc &) {
        return 1;
    }
    return 0;
}
