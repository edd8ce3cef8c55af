// SPDX-License-Identifier: MIT
// Blocks of the C library's own malloc reach our calls: a library linked with RTLD_DEEPBIND, or
// one that allocated before we were loaded. By default they are handed to the next allocator.
// Needs: gnu_get_libc_version gnu/libc-version.h
#include "api.h"

#include <dlfcn.h>
#include <gnu/lib-names.h>
#include <stdio.h>

static void *(*libc_malloc)(size_t size);
static size_t (*libc_usable_size)(void *p);

static const size_t sizes[] = { 1, 24, 100, 1000, 5000, 100000, 3000000, 50000000 };

enum { COUNT = sizeof(sizes) / sizeof(sizes[0]) };

// A handle looks up the names of its own library, so this is not the malloc the program calls.
static int find_libc_calls(void **state)
{
    void *libc = dlopen(LIBC_SO, RTLD_NOW | RTLD_NOLOAD);
    Dl_info theirs;
    Dl_info ours;

    (void)state;
    if (libc == NULL)
        return -1;
    *(void **)&libc_malloc = dlsym(libc, "malloc");
    *(void **)&libc_usable_size = dlsym(libc, "malloc_usable_size");
    if (libc_malloc == NULL || libc_usable_size == NULL)
        return -1;
    if (dladdr((void *)(uintptr_t)libc_malloc, &theirs) == 0 ||
        dladdr((void *)(uintptr_t)call.malloc, &ours) == 0)
        return -1;
    // Without a second allocator in the process there would be nothing to test.
    if (strcmp(theirs.dli_fname, ours.dli_fname) == 0) {
        print_error("malloc is not ours: it is in %s\n", ours.dli_fname);
        return -1;
    }
    return 0;
}

static void free_hands_a_block_of_the_c_library_on(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        void *blocks[COUNT];
        for (size_t i = 0; i < COUNT; i++) {
            blocks[i] = libc_malloc(sizes[i]);
            assert_non_null(blocks[i]);
            api_fill(blocks[i], sizes[i] < 5000 ? sizes[i] : 5000, i);
        }
        for (size_t i = 0; i < COUNT; i++) {
            assert_true(api_holds(blocks[i], sizes[i] < 5000 ? sizes[i] : 5000, i));
            errno = 77;
            call.free(blocks[i]);
            assert_int_equal(errno, 77);
        }
    }
    // The C library reuses a freed block at once: proof that it has been given back.
    void *p = libc_malloc(200);
    call.free(p);
    void *again = libc_malloc(200);
    assert_ptr_equal(again, p);
    call.free(again);
}

static void usable_size_of_a_block_of_the_c_library_is_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        void *p = libc_malloc(sizes[i]);
        assert_non_null(p);
        size_t usable = call.malloc_usable_size(p);
        assert_int_equal(usable, libc_usable_size(p));
        assert_in_range(usable, sizes[i], SIZE_MAX);
        call.free(p);
    }
}

static void realloc_of_a_block_of_the_c_library_keeps_its_content(void **state)
{
    (void)state;
    for (size_t from = 0; from < COUNT; from++) {
        for (size_t to = 0; to < COUNT; to++) {
            size_t kept = sizes[from] < sizes[to] ? sizes[from] : sizes[to];
            void *p = libc_malloc(sizes[from]);
            assert_non_null(p);
            api_fill(p, sizes[from], from);
            p = call.realloc(p, sizes[to]);
            assert_non_null(p);
            assert_true(api_holds(p, kept / 8 * 8, from));
            api_fill(p, sizes[to], to);
            call.free(p);
        }
    }
}

static void other_releases_hand_a_block_of_the_c_library_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        void *p = libc_malloc(sizes[i]);
        assert_non_null(p);
        cfree(p);
        p = libc_malloc(sizes[i]);
        free_sized(p, sizes[i]);
        p = libc_malloc(sizes[i]);
        assert_null(call.realloc(p, 0));
    }
    void *p = libc_malloc(300);
    cfree(p);
    void *again = libc_malloc(300);
    assert_ptr_equal(again, p);
    assert_null(call.realloc(again, 0));
    again = libc_malloc(300);
    assert_ptr_equal(again, p);
    call.free(again);
}

static void realloc_too_large_keeps_a_block_of_the_c_library(void **state)
{
    (void)state;
    void *p = libc_malloc(500);
    assert_non_null(p);
    api_fill(p, 500, 5);
    errno = 0;
    assert_null(call.realloc(p, (size_t)PTRDIFF_MAX + 1));
    assert_int_equal(errno, ENOMEM);
    assert_true(api_holds(p, 500, 5));
    call.free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(free_hands_a_block_of_the_c_library_on),
        cmocka_unit_test(usable_size_of_a_block_of_the_c_library_is_its_own),
        cmocka_unit_test(realloc_of_a_block_of_the_c_library_keeps_its_content),
        cmocka_unit_test(other_releases_hand_a_block_of_the_c_library_on),
        cmocka_unit_test(realloc_too_large_keeps_a_block_of_the_c_library),
    };

    return cmocka_run_group_tests_name("foreign", tests, find_libc_calls, NULL);
}
