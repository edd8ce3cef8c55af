// SPDX-License-Identifier: MIT
// The 20 C++ operators new and delete, in C++: part of a program and not of the DLL, so that
// they throw, and ask the new-handler, by the program's own C++ run-time.
//
// As the C++ standard has it, the array, nothrow, sized and aligned forms call the plain ones
// by their public names, and the build makes an object of each function (from an empty line
// to the next): a program that replaces only the plain ones gets all forms
// replaced. So new and new[] are one family to the checked modes here.
#include "windows/operators.h"

#include <new>

void *operator new(std::size_t size)
{
    void *p;
    while (__builtin_expect((p = ikyo_operator_new(size)) == nullptr, false)) {
        std::new_handler handler = std::get_new_handler();
        if (handler == nullptr) {
            throw std::bad_alloc();
        }
        handler();
    }
    return p;
}

void *operator new(std::size_t size, std::align_val_t alignment)
{
    void *p;
    while ((p = ikyo_operator_new_aligned(size, std::size_t(alignment))) == nullptr) {
        std::new_handler handler = std::get_new_handler();
        if (handler == nullptr) {
            throw std::bad_alloc();
        }
        handler();
    }
    return p;
}

void operator delete(void *p) noexcept
{
    ikyo_operator_delete(p);
}

void operator delete(void *p, std::align_val_t alignment) noexcept
{
    ikyo_operator_delete_aligned(p, std::size_t(alignment));
}

void *operator new[](std::size_t size)
{
    return operator new(size);
}

void *operator new[](std::size_t size, std::align_val_t alignment)
{
    return operator new(size, alignment);
}

void *operator new(std::size_t size, const std::nothrow_t &) noexcept
{
    try {
        return operator new(size);
    } catch (...) {
        return nullptr;
    }
}

void *operator new[](std::size_t size, const std::nothrow_t &) noexcept
{
    try {
        return operator new[](size);
    } catch (...) {
        return nullptr;
    }
}

void *operator new(std::size_t size, std::align_val_t alignment,
                   const std::nothrow_t &) noexcept
{
    try {
        return operator new(size, alignment);
    } catch (...) {
        return nullptr;
    }
}

void *operator new[](std::size_t size, std::align_val_t alignment,
                     const std::nothrow_t &) noexcept
{
    try {
        return operator new[](size, alignment);
    } catch (...) {
        return nullptr;
    }
}

void operator delete[](void *p) noexcept
{
    operator delete(p);
}

void operator delete[](void *p, std::align_val_t alignment) noexcept
{
    operator delete(p, alignment);
}

void operator delete(void *p, std::size_t) noexcept
{
    operator delete(p);
}

void operator delete[](void *p, std::size_t) noexcept
{
    operator delete[](p);
}

void operator delete(void *p, std::size_t, std::align_val_t alignment) noexcept
{
    operator delete(p, alignment);
}

void operator delete[](void *p, std::size_t, std::align_val_t alignment) noexcept
{
    operator delete[](p, alignment);
}

void operator delete(void *p, const std::nothrow_t &) noexcept
{
    operator delete(p);
}

void operator delete[](void *p, const std::nothrow_t &) noexcept
{
    operator delete[](p);
}

void operator delete(void *p, std::align_val_t alignment, const std::nothrow_t &) noexcept
{
    operator delete(p, alignment);
}

void operator delete[](void *p, std::align_val_t alignment, const std::nothrow_t &) noexcept
{
    operator delete[](p, alignment);
}
