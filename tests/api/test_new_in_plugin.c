// SPDX-License-Identifier: MIT
// operator new in a C program whose only C++ is a library loaded with RTLD_LOCAL, so
// that the C++ run-time is in nobody's scope but the library's: it throws as ever.
// Needs: C++
#include "api.h"

#include <dlfcn.h>
#include <unistd.h>

static void new_without_memory_throws_in_a_local_library(void **state)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 100);
    void *library;
    int (*catches_bad_alloc)(void);

    (void)state;
    assert_true(length > 0);
    path[length] = '\0';
    strcpy(strrchr(path, '/') + 1, "plugin_throw.so");
    assert_null(dlsym(RTLD_DEFAULT, "__cxa_throw"));
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    assert_non_null(library);
    assert_null(dlsym(RTLD_DEFAULT, "__cxa_throw"));
    *(void **)&catches_bad_alloc = dlsym(library, "catches_bad_alloc");
    assert_non_null(catches_bad_alloc);
    assert_int_equal(catches_bad_alloc(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_without_memory_throws_in_a_local_library),
    };

    return cmocka_run_group_tests_name("new_in_plugin", tests, NULL, NULL);
}
