// SPDX-License-Identifier: MIT
// The __libc_ names: libraries that call them must get blocks of the same allocator.
#include "api.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_reallocarray(void *p, size_t count, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void *__libc_valloc(size_t size);
void *__libc_pvalloc(size_t size);
int __posix_memalign(void **out, size_t alignment, size_t size);
void __libc_free(void *p);
void __libc_cfree(void *p);

// One block by each name, all of `size` bytes.
static size_t allocate_by_each_name(void **blocks, size_t size)
{
    size_t count = 0;

    blocks[count++] = __libc_malloc(size);
    blocks[count++] = __libc_calloc(1, size);
    blocks[count++] = __libc_realloc(NULL, size);
    blocks[count++] = __libc_reallocarray(NULL, 1, size);
    blocks[count++] = __libc_memalign(256, size);
    blocks[count++] = __libc_valloc(size);
    blocks[count++] = __libc_pvalloc(size);
    assert_int_equal(__posix_memalign(&blocks[count++], 512, size), 0);
    return count;
}

static void libc_names_allocate_blocks_that_free_takes(void **state)
{
    void *blocks[8];

    (void)state;
    for (size_t size = 1; size <= (size_t)8 * MIB; size = size * 3 + 1) {
        size_t count = allocate_by_each_name(blocks, size);
        assert_true(api_is_zero(blocks[1], size));
        assert_true(api_is_aligned(blocks[4], 256));
        assert_true(api_is_aligned(blocks[5], 4096));
        assert_true(api_is_aligned(blocks[6], 4096));
        assert_true(api_is_aligned(blocks[7], 512));
        for (size_t i = 0; i < count; i++) {
            assert_non_null(blocks[i]);
            assert_in_range(call.malloc_usable_size(blocks[i]), size, SIZE_MAX);
            api_fill(blocks[i], size, i);
        }
        for (size_t i = 0; i < count; i++) {
            assert_true(api_holds(blocks[i], size, i));
            call.free(blocks[i]);
        }
    }
}

static size_t bytes_in_use(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static void libc_free_and_cfree_take_blocks_of_malloc(void **state)
{
    (void)state;
    for (size_t size = 10; size <= 4 * MIB; size *= 6) {
        __libc_free(call.malloc(size));
        size_t before = bytes_in_use();
        for (int round = 0; round < 100; round++) {
            errno = 77;
            __libc_free(call.malloc(size));
            __libc_cfree(call.malloc(size));
            assert_int_equal(errno, 77);
        }
        assert_in_range(bytes_in_use(), 0, before + 32 * KIB + size * 4);
    }
    __libc_free(NULL);
    __libc_cfree(NULL);
}

static void libc_realloc_moves_blocks_of_malloc(void **state)
{
    (void)state;
    unsigned char *p = call.malloc(100);
    assert_non_null(p);
    api_fill(p, 100, 1);
    p = __libc_realloc(p, 100000);
    assert_non_null(p);
    p = call.realloc(p, 3 * MIB);
    assert_non_null(p);
    p = __libc_reallocarray(p, 10, 20);
    assert_non_null(p);
    assert_true(api_holds(p, 96, 1));
    call.free(p);
}

static void libc_names_refuse_impossible_sizes(void **state)
{
    static size_t volatile impossible = SIZE_MAX - 100;

    (void)state;
    errno = 0;
    assert_null(__libc_malloc(impossible));
    assert_int_equal(errno, ENOMEM);
    errno = 0;
    assert_null(__libc_calloc(impossible, 2));
    assert_int_equal(errno, ENOMEM);
    errno = 0;
    assert_null(__libc_reallocarray(NULL, impossible, 2));
    assert_int_equal(errno, ENOMEM);
    errno = 0;
    assert_null(__libc_memalign(64, impossible));
    assert_int_equal(errno, ENOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libc_names_allocate_blocks_that_free_takes),
        cmocka_unit_test(libc_free_and_cfree_take_blocks_of_malloc),
        cmocka_unit_test(libc_realloc_moves_blocks_of_malloc),
        cmocka_unit_test(libc_names_refuse_impossible_sizes),
    };

    return cmocka_run_group_tests_name("libc_names", tests, NULL, NULL);
}
