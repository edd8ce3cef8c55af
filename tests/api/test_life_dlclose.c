// SPDX-License-Identifier: MIT
// Libraries loaded and unloaded: blocks outlive the code that asked for them, and so does the
// allocator itself.
// Needs: C++
#include "api.h"

#include <dlfcn.h>
#include <libgen.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

typedef void *(*hand_out)(size_t size, int byte);
typedef bool (*works)(void);

// The library is built beside this program. With RTLD_NOLOAD, NULL when it is not loaded.
static void *find_plugin(int mode)
{
    char path[4096];
    char library[4200];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

    assert_true(length > 0);
    path[length] = '\0';
    snprintf(library, sizeof(library), "%s/plugin_life.so", dirname(path));
    return dlopen(library, RTLD_NOW | mode);
}

static void *open_plugin(void)
{
    void *plugin = find_plugin(RTLD_LOCAL);

    if (plugin == NULL)
        print_error("%s\n", dlerror());
    assert_non_null(plugin);
    return plugin;
}

static bool is_filled_with(const unsigned char *p, size_t size, int byte)
{
    for (size_t i = 0; i < size; i++) {
        if (p[i] != byte)
            return false;
    }
    return true;
}

static void blocks_of_an_unloaded_library_stay_valid(void **state)
{
    static const size_t sizes[] = { 10, 500, 5000, 100000, 3000000 };

    (void)state;
    for (int round = 0; round < 50; round++) {
        void *blocks[5];
        void *plugin = open_plugin();
        hand_out get = (hand_out)dlsym(plugin, "plugin_hand_out");
        works check = (works)dlsym(plugin, "plugin_works");
        assert_non_null(get);
        assert_non_null(check);
        assert_true(check());
        for (int i = 0; i < 5; i++)
            blocks[i] = get(sizes[i], round + i);
        assert_int_equal(dlclose(plugin), 0);
        assert_null(find_plugin(RTLD_NOLOAD));
        for (int i = 0; i < 5; i++) {
            assert_non_null(blocks[i]);
            assert_true(is_filled_with(blocks[i], sizes[i], round + i));
            blocks[i] = call.realloc(blocks[i], sizes[i] * 2);
            assert_non_null(blocks[i]);
            assert_true(is_filled_with(blocks[i], sizes[i], round + i));
            call.free(blocks[i]);
        }
    }
}

static void *load_use_and_unload(void *argument)
{
    bool *succeeded = argument;

    *succeeded = true;
    for (int round = 0; round < 30; round++) {
        void *plugin = open_plugin();
        works check = (works)dlsym(plugin, "plugin_works_in_thread");
        *succeeded = *succeeded && check != NULL && check();
        dlclose(plugin);
    }
    return NULL;
}

static void libraries_loaded_in_many_threads_use_the_heap(void **state)
{
    pthread_t threads[4];
    bool succeeded[4] = { false };

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, load_use_and_unload, &succeeded[i]), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(succeeded[i]);
    }
}

static void heap_survives_dlclose_of_its_own_library(void **state)
{
    Dl_info info;
    unsigned char *before = call.malloc(5000);

    (void)state;
    assert_non_null(before);
    api_fill(before, 5000, 1);
    assert_int_not_equal(dladdr((void *)(uintptr_t)call.malloc, &info), 0);
    for (int i = 0; i < 3; i++) {
        void *self = dlopen(info.dli_fname, RTLD_NOW);
        assert_non_null(self);
        assert_int_equal(dlclose(self), 0);
        // One close too many is an error in the C library, and must be no more than that.
        dlclose(self);
    }
    unsigned char *after = call.malloc(100000);
    assert_non_null(after);
    api_fill(after, 100000, 2);
    assert_true(api_holds(before, 5000, 1));
    assert_true(api_holds(after, 100000, 2));
    call.free(before);
    call.free(after);
}

static int allocate_for_each_library(struct dl_phdr_info *info, size_t size, void *context)
{
    void *block = call.malloc(strlen(info->dlpi_name) + size);

    *(int *)context += block != NULL;
    call.free(block);
    return 0;
}

// The loader holds its locks while it calls back.
static void dl_iterate_phdr_callbacks_use_the_heap(void **state)
{
    int libraries = 0;

    (void)state;
    assert_int_equal(dl_iterate_phdr(allocate_for_each_library, &libraries), 0);
    assert_in_range(libraries, 2, 1000);
}

static void failing_dlopen_and_dlsym_use_the_heap(void **state)
{
    (void)state;
    // The C library formats its error texts in memory of ours, freed by the next error.
    for (int i = 0; i < 300; i++) {
        assert_null(dlopen("/there/is/no/such/library.so", RTLD_NOW));
        assert_non_null(dlerror());
        assert_null(dlsym(RTLD_DEFAULT, "there_is_no_such_symbol"));
        assert_non_null(strstr(dlerror(), "there_is_no_such_symbol"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_an_unloaded_library_stay_valid),
        cmocka_unit_test(libraries_loaded_in_many_threads_use_the_heap),
        cmocka_unit_test(heap_survives_dlclose_of_its_own_library),
        cmocka_unit_test(dl_iterate_phdr_callbacks_use_the_heap),
        cmocka_unit_test(failing_dlopen_and_dlsym_use_the_heap),
    };

    return cmocka_run_group_tests_name("life_dlclose", tests, NULL, NULL);
}
