// SPDX-License-Identifier: MIT
// The twenty operators new and delete: each pair allocates, aligns, and gives back.
#include <new>

// After the standard headers, because cmocka defines macros with common names.
#include "api.h"

// Some compilers declare the sized forms only when they are asked to call them themselves.
void operator delete(void *p, std::size_t size) noexcept;
void operator delete[](void *p, std::size_t size) noexcept;
void operator delete(void *p, std::size_t size, std::align_val_t alignment) noexcept;
void operator delete[](void *p, std::size_t size, std::align_val_t alignment) noexcept;

namespace {

// Above what malloc aligns to, so that only the aligned forms can satisfy it.
struct alignas(256) wide {
    unsigned char bytes[512];
};

struct plain {
    unsigned char bytes[72];
};

constexpr std::align_val_t alignment{512};
const std::size_t sizes[] = {0, 1, 8, 33, 1000, 5000, 40000, 300000, 3000000};

std::size_t bytes_in_use()
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

void check_block(void *p, std::size_t size, std::size_t aligned)
{
    assert_non_null(p);
    assert_true(api_is_aligned(p, aligned));
    assert_in_range(call.malloc_usable_size(p), size, SIZE_MAX);
    api_fill(p, size, size);
    assert_true(api_holds(p, size, size));
}

struct operator_pair {
    void *(*allocate)(std::size_t size);
    void (*release)(void *p, std::size_t size);
    std::size_t aligned;
};

// Explicit calls of the functions, since new-expressions may be merged or left out.
const operator_pair pairs[] = {
    {[](std::size_t n) { return ::operator new(n); },
     [](void *p, std::size_t) { ::operator delete(p); }, 16},
    {[](std::size_t n) { return ::operator new[](n); },
     [](void *p, std::size_t) { ::operator delete[](p); }, 16},
    {[](std::size_t n) { return ::operator new(n, std::nothrow); },
     [](void *p, std::size_t) { ::operator delete(p, std::nothrow); }, 16},
    {[](std::size_t n) { return ::operator new[](n, std::nothrow); },
     [](void *p, std::size_t) { ::operator delete[](p, std::nothrow); }, 16},
    {[](std::size_t n) { return ::operator new(n, alignment); },
     [](void *p, std::size_t) { ::operator delete(p, alignment); }, 512},
    {[](std::size_t n) { return ::operator new[](n, alignment); },
     [](void *p, std::size_t) { ::operator delete[](p, alignment); }, 512},
    {[](std::size_t n) { return ::operator new(n, alignment, std::nothrow); },
     [](void *p, std::size_t) { ::operator delete(p, alignment, std::nothrow); }, 512},
    {[](std::size_t n) { return ::operator new[](n, alignment, std::nothrow); },
     [](void *p, std::size_t) { ::operator delete[](p, alignment, std::nothrow); }, 512},
    {[](std::size_t n) { return ::operator new(n); },
     [](void *p, std::size_t n) { ::operator delete(p, n); }, 16},
    {[](std::size_t n) { return ::operator new[](n); },
     [](void *p, std::size_t n) { ::operator delete[](p, n); }, 16},
    {[](std::size_t n) { return ::operator new(n, alignment); },
     [](void *p, std::size_t n) { ::operator delete(p, n, alignment); }, 512},
    {[](std::size_t n) { return ::operator new[](n, alignment); },
     [](void *p, std::size_t n) { ::operator delete[](p, n, alignment); }, 512},
};

void every_operator_pair_allocates_and_gives_back(void **)
{
    for (const operator_pair &pair : pairs) {
        for (std::size_t size : sizes) {
            pair.release(pair.allocate(size), size);
            std::size_t before = bytes_in_use();
            for (int round = 0; round < 50; round++) {
                void *first = pair.allocate(size);
                void *second = pair.allocate(size);
                check_block(first, size, pair.aligned);
                assert_ptr_not_equal(first, second);
                pair.release(first, size);
                pair.release(second, size);
            }
            assert_in_range(bytes_in_use(), 0, before + 64 * KIB + size * 8);
        }
    }
}

void every_delete_of_null_does_nothing(void **)
{
    errno = 77;
    for (const operator_pair &pair : pairs)
        pair.release(nullptr, 0);
    assert_int_equal(errno, 77);
}

void operators_and_malloc_share_one_heap(void **)
{
    for (std::size_t size : sizes) {
        check_block(::operator new(size), size, 16);
        ::operator delete(call.malloc(size));
        call.free(::operator new(size));
        call.free(::operator new(size, alignment));
        ::operator delete(call.memalign(512, size), alignment);
        unsigned char *p = static_cast<unsigned char *>(::operator new(size));
        api_fill(p, size, 9);
        p = static_cast<unsigned char *>(call.realloc(p, size + 1000));
        assert_true(api_holds(p, size / 8 * 8, 9));
        ::operator delete(p);
    }
}

void new_expressions_align_over_aligned_types(void **)
{
    for (int round = 0; round < 200; round++) {
        wide *one = new wide;
        wide *many = new wide[3];
        plain *small = new plain[100];
        assert_true(api_is_aligned(one, 256));
        assert_true(api_is_aligned(many, 256));
        api_fill(one, sizeof(*one), 1);
        api_fill(many, 3 * sizeof(*many), 2);
        api_fill(small, 100 * sizeof(*small), 3);
        assert_true(api_holds(one, sizeof(*one), 1));
        assert_true(api_holds(many, 3 * sizeof(*many), 2));
        delete one;
        delete[] many;
        assert_true(api_holds(small, 100 * sizeof(*small), 3));
        delete[] small;
    }
}

void aligned_new_serves_every_power_of_two(void **)
{
    for (std::size_t power = 1; power <= std::size_t{1} << 26; power *= 2) {
        void *p = ::operator new(100, std::align_val_t{power});
        void *q = ::operator new[](100, std::align_val_t{power}, std::nothrow);
        check_block(p, 100, power < 16 ? 16 : power);
        check_block(q, 100, power < 16 ? 16 : power);
        ::operator delete(p, std::align_val_t{power});
        ::operator delete[](q, 100, std::align_val_t{power});
    }
}

} // namespace

int main()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operator_pair_allocates_and_gives_back),
        cmocka_unit_test(every_delete_of_null_does_nothing),
        cmocka_unit_test(operators_and_malloc_share_one_heap),
        cmocka_unit_test(new_expressions_align_over_aligned_types),
        cmocka_unit_test(aligned_new_serves_every_power_of_two),
    };

    return cmocka_run_group_tests_name("new", tests, nullptr, nullptr);
}
