// SPDX-License-Identifier: MIT
// free and its relatives: NULL is fine, errno stays, memory really comes back.
#include "api.h"

#include <pthread.h>

static void free_of_null_does_nothing(void **state)
{
    (void)state;
    errno = 77;
    call.free(NULL);
    cfree(NULL);
    free_sized(NULL, 100);
    free_aligned_sized(NULL, 64, 100);
    assert_int_equal(errno, 77);
}

static void free_keeps_errno_for_every_size(void **state)
{
    (void)state;
    for (size_t size = 1; size <= (size_t)256 * MIB; size *= 2) {
        void *block = call.malloc(size);
        void *aligned = call.memalign(4096, size);
        assert_non_null(block);
        assert_non_null(aligned);
        errno = 77;
        call.free(block);
        assert_int_equal(errno, 77);
        call.free(aligned);
        assert_int_equal(errno, 77);
    }
}

static void *free_all(void *argument)
{
    void **blocks = argument;

    errno = 77;
    for (size_t i = 0; blocks[i] != NULL; i++)
        call.free(blocks[i]);
    return errno == 77 ? NULL : argument;
}

static void free_in_another_thread_keeps_errno(void **state)
{
    enum { COUNT = 30000 };
    static void *blocks[COUNT + 1];
    pthread_t thread;
    void *failed = blocks;

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = call.malloc(i % 1000 == 0 ? 2 * MIB : i % 100 == 0 ? 50 * KIB : i % 900);
        assert_non_null(blocks[i]);
    }
    assert_int_equal(pthread_create(&thread, NULL, free_all, blocks), 0);
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
}

static size_t bytes_in_use(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static void release(int how, void *p, size_t alignment, size_t size)
{
    switch (how) {
    case 0:
        call.free(p);
        break;
    case 1:
        cfree(p);
        break;
    case 2:
        free_sized(p, size);
        break;
    default:
        free_aligned_sized(p, alignment, size);
        break;
    }
}

static void free_cfree_and_sized_forms_give_the_memory_back(void **state)
{
    static const size_t sizes[] = { 1, 24, 500, 3000, 20000, 90 * KIB, 3 * MIB };

    (void)state;
    for (int how = 0; how < 4; how++) {
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            size_t before = bytes_in_use();
            for (int round = 0; round < 300; round++) {
                void *p = how == 3 ? call.aligned_alloc(64, sizes[i]) : call.malloc(sizes[i]);
                assert_non_null(p);
                memset(p, how, sizes[i] < 4096 ? sizes[i] : 4096);
                errno = 77;
                release(how, p, 64, sizes[i]);
                assert_int_equal(errno, 77);
            }
            assert_in_range(bytes_in_use(), 0, before + 64 * KIB + sizes[i] * 10);
        }
    }
}

static void free_sized_accepts_blocks_of_malloc_calloc_and_realloc(void **state)
{
    (void)state;
    for (size_t size = 1; size <= (size_t)4 * MIB; size = size * 2 + 1) {
        free_sized(call.malloc(size), size);
        free_sized(call.calloc(1, size), size);
        free_sized(call.realloc(call.malloc(8), size), size);
        free_aligned_sized(call.aligned_alloc(4096, size), 4096, size);
        // Nothing above returns a result: what it may have broken shows in the next blocks.
        unsigned char *p = call.malloc(size);
        unsigned char *q = call.malloc(size);
        assert_non_null(p);
        assert_non_null(q);
        api_fill(p, size, 1);
        api_fill(q, size, 2);
        assert_true(api_holds(p, size, 1));
        call.free(p);
        call.free(q);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(free_of_null_does_nothing),
        cmocka_unit_test(free_keeps_errno_for_every_size),
        cmocka_unit_test(free_in_another_thread_keeps_errno),
        cmocka_unit_test(free_cfree_and_sized_forms_give_the_memory_back),
        cmocka_unit_test(free_sized_accepts_blocks_of_malloc_calloc_and_realloc),
    };

    return cmocka_run_group_tests_name("free", tests, NULL, NULL);
}
