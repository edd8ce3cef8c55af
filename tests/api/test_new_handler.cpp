// SPDX-License-Identifier: MIT
// Operator new without memory: the new-handler is called until it helps, throws or is gone.
#include <new>
#include <stdexcept>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// After the standard headers, because cmocka defines macros with common names.
#include "api.h"

namespace {

volatile std::size_t impossible = static_cast<std::size_t>(PTRDIFF_MAX) + 1;
constexpr std::align_val_t alignment{256};

int handler_calls;
void *reserve_block;

using allocation = void *(*)(std::size_t size);

const allocation throwing[] = {
    [](std::size_t n) { return ::operator new(n); },
    [](std::size_t n) { return ::operator new[](n); },
    [](std::size_t n) { return ::operator new(n, alignment); },
    [](std::size_t n) { return ::operator new[](n, alignment); },
};

const allocation silent[] = {
    [](std::size_t n) { return ::operator new(n, std::nothrow); },
    [](std::size_t n) { return ::operator new[](n, std::nothrow); },
    [](std::size_t n) { return ::operator new(n, alignment, std::nothrow); },
    [](std::size_t n) { return ::operator new[](n, alignment, std::nothrow); },
};

bool throws_bad_alloc(allocation allocate)
{
    try {
        allocate(impossible);
    } catch (const std::bad_alloc &caught) {
        return caught.what() != nullptr;
    }
    return false;
}

void give_up_after_three_calls()
{
    if (++handler_calls == 3)
        std::set_new_handler(nullptr);
}

void throw_bad_alloc_in_handler()
{
    handler_calls++;
    throw std::bad_alloc();
}

class own_failure : public std::bad_alloc {
};

void throw_own_failure_on_second_call()
{
    if (++handler_calls == 2)
        throw own_failure();
}

void release_reserve()
{
    handler_calls++;
    call.free(reserve_block);
    reserve_block = nullptr;
    std::set_new_handler(nullptr);
}

int reset_handler(void **)
{
    std::set_new_handler(nullptr);
    handler_calls = 0;
    return 0;
}

void throwing_new_without_handler_throws_bad_alloc(void **)
{
    for (allocation allocate : throwing)
        assert_true(throws_bad_alloc(allocate));
}

void nothrow_new_without_handler_returns_null(void **)
{
    for (allocation allocate : silent)
        assert_null(allocate(impossible));
}

void new_calls_the_handler_until_it_is_removed(void **)
{
    for (allocation allocate : throwing) {
        handler_calls = 0;
        std::set_new_handler(give_up_after_three_calls);
        assert_true(throws_bad_alloc(allocate));
        assert_int_equal(handler_calls, 3);
    }
    for (allocation allocate : silent) {
        handler_calls = 0;
        std::set_new_handler(give_up_after_three_calls);
        assert_null(allocate(impossible));
        assert_int_equal(handler_calls, 3);
    }
}

void nothrow_new_returns_null_when_the_handler_throws_bad_alloc(void **)
{
    std::set_new_handler(throw_bad_alloc_in_handler);
    for (allocation allocate : silent) {
        handler_calls = 0;
        assert_null(allocate(impossible));
        assert_int_equal(handler_calls, 1);
    }
}

void exception_of_the_handler_reaches_the_caller(void **)
{
    std::set_new_handler(throw_own_failure_on_second_call);
    for (allocation allocate : throwing) {
        bool caught = false;
        handler_calls = 0;
        try {
            allocate(impossible);
        } catch (const own_failure &) {
            caught = true;
        }
        assert_true(caught);
        assert_int_equal(handler_calls, 2);
    }
}

// In a child, because the limit on address space cannot be taken back. Exit code 0 is success.
int succeed_once_the_handler_freed_memory()
{
    const std::size_t size = std::size_t{256} * MIB;
    const struct rlimit limit = {std::size_t{1024} * MIB, std::size_t{1024} * MIB};

    if (setrlimit(RLIMIT_AS, &limit) != 0)
        return 1;
    reserve_block = call.malloc(std::size_t{700} * MIB);
    if (reserve_block == nullptr)
        return 2;
    std::set_new_handler(release_reserve);
    try {
        char *first = static_cast<char *>(::operator new(size));
        char *second = static_cast<char *>(::operator new(size));
        first[0] = second[size - 1] = 1;
        ::operator delete(first);
        ::operator delete(second);
    } catch (const std::bad_alloc &) {
        return 3;
    }
    return handler_calls == 1 && reserve_block == nullptr ? 0 : 4;
}

void new_succeeds_once_the_handler_freed_memory(void **)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0)
        _exit(succeed_once_the_handler_freed_memory());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

void new_works_after_failures(void **)
{
    for (int round = 0; round < 1000; round++) {
        assert_true(throws_bad_alloc(throwing[0]));
        int *p = new int(round);
        assert_int_equal(*p, round);
        delete p;
    }
}

} // namespace

int main()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(throwing_new_without_handler_throws_bad_alloc, reset_handler),
        cmocka_unit_test_setup(nothrow_new_without_handler_returns_null, reset_handler),
        cmocka_unit_test_setup(new_calls_the_handler_until_it_is_removed, reset_handler),
        cmocka_unit_test_setup(nothrow_new_returns_null_when_the_handler_throws_bad_alloc,
                               reset_handler),
        cmocka_unit_test_setup(exception_of_the_handler_reaches_the_caller, reset_handler),
        cmocka_unit_test_setup(new_succeeds_once_the_handler_freed_memory, reset_handler),
        cmocka_unit_test_setup(new_works_after_failures, reset_handler),
    };

    return cmocka_run_group_tests_name("new_handler", tests, nullptr, reset_handler);
}
