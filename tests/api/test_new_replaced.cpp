// SPDX-License-Identifier: MIT
// A program that replaces only the plain operators has replaced all forms: ours must
// call the program's, or blocks of one allocator end in the other's delete.
#include "api.h"

#include <new>

namespace {

constexpr std::size_t header = 16; // so that a block freed by another delete is noticed
int news;
int deletes;
bool refuse;

} // namespace

void *operator new(std::size_t size)
{
    if (refuse)
        throw 5;
    news++;
    return static_cast<char *>(call.malloc(size + header)) + header;
}

// A sized form of its own would hide that ours calls the plain one.
#pragma GCC diagnostic ignored "-Wsized-deallocation"

void operator delete(void *p) noexcept
{
    if (p == nullptr)
        return;
    deletes++;
    call.free(static_cast<char *>(p) - header);
}

namespace {

int reset(void **)
{
    news = deletes = 0;
    refuse = false;
    return 0;
}

void every_form_of_new_calls_the_replacement(void **)
{
    ::operator delete(::operator new[](100));
    ::operator delete(::operator new(100, std::nothrow));
    ::operator delete(::operator new[](100, std::nothrow));
    assert_int_equal(news, 3);
    assert_int_equal(deletes, 3);
}

void every_form_of_delete_calls_the_replacement(void **)
{
    ::operator delete[](::operator new(100));
    ::operator delete(::operator new(100), std::size_t{100});
    ::operator delete[](::operator new(100), std::size_t{100});
    ::operator delete(::operator new(100), std::nothrow);
    ::operator delete[](::operator new(100), std::nothrow);
    assert_int_equal(news, 5);
    assert_int_equal(deletes, 5);
}

void nothrow_new_returns_null_whatever_the_replacement_throws(void **)
{
    refuse = true;
    assert_null(::operator new(100, std::nothrow));
    assert_null(::operator new[](100, std::nothrow));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_form_of_new_calls_the_replacement, reset),
        cmocka_unit_test_setup(every_form_of_delete_calls_the_replacement, reset),
        cmocka_unit_test_setup(nothrow_new_returns_null_whatever_the_replacement_throws, reset),
    };

    return cmocka_run_group_tests_name("new_replaced", tests, nullptr, nullptr);
}
