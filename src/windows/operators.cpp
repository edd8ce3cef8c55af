// SPDX-License-Identifier: MIT
// The 20 C++ operators new and delete, in C++: part of a program and not of the DLL, so that
// they throw, and ask the new-handler, by the program's own C++ run-time.
//
// As the C++ standard has it, the array, nothrow, sized and aligned forms call the plain ones
// by their public names, and all are weak: a program that replaces only those gets all forms
// replaced. So new and new[] are one family to the checked modes here.
#include "windows/operators.h"

#include <new>

#define OPERATOR __attribute__((weak))

OPERATOR void *operator new(std::size_t size)
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

OPERATOR void *operator new(std::size_t size, std::align_val_t alignment)
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

OPERATOR void operator delete(void *p) noexcept
{
    ikyo_operator_delete(p);
}

OPERATOR void operator delete(void *p, std::align_val_t alignment) noexcept
{
    ikyo_operator_delete_aligned(p, std::size_t(alignment));
}

OPERATOR void *operator new[](std::size_t size)
{
    return operator new(size);
}

OPERATOR void *operator new[](std::size_t size, std::align_val_t alignment)
{
    return operator new(size, alignment);
}

OPERATOR void *operator new(std::size_t size, const std::nothrow_t &) noexcept
{
    try {
        return operator new(size);
    } catch (...) {
        return nullptr;
    }
}

OPERATOR void *operator new[](std::size_t size, const std::nothrow_t &) noexcept
{
    try {
        return operator new[](size);
    } catch (...) {
        return nullptr;
    }
}

OPERATOR void *operator new(std::size_t size, std::align_val_t alignment,
                            const std::nothrow_t &) noexcept
{
    try {
        return operator new(size, alignment);
    } catch (...) {
        return nullptr;
    }
}

OPERATOR void *operator new[](std::size_t size, std::align_val_t alignment,
                              const std::nothrow_t &) noexcept
{
    try {
        return operator new[](size, alignment);
    } catch (...) {
        return nullptr;
    }
}

OPERATOR void operator delete[](void *p) noexcept
{
    operator delete(p);
}

OPERATOR void operator delete[](void *p, std::align_val_t alignment) noexcept
{
    operator delete(p, alignment);
}

OPERATOR void operator delete(void *p, std::size_t) noexcept
{
    operator delete(p);
}

OPERATOR void operator delete[](void *p, std::size_t) noexcept
{
    operator delete[](p);
}

OPERATOR void operator delete(void *p, std::size_t, std::align_val_t alignment) noexcept
{
    operator delete(p, alignment);
}

OPERATOR void operator delete[](void *p, std::size_t, std::align_val_t alignment) noexcept
{
    operator delete[](p, alignment);
}

OPERATOR void operator delete(void *p, const std::nothrow_t &) noexcept
{
    operator delete(p);
}

OPERATOR void operator delete[](void *p, const std::nothrow_t &) noexcept
{
    operator delete[](p);
}

OPERATOR void operator delete(void *p, std::align_val_t alignment, const std::nothrow_t &) noexcept
{
    operator delete(p, alignment);
}

OPERATOR void operator delete[](void *p, std::align_val_t alignment,
                                const std::nothrow_t &) noexcept
{
    operator delete[](p, alignment);
}
