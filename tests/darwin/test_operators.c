// SPDX-License-Identifier: MIT
// The C++ operators that the library shows, called as a C++ program would.
#include "expect.h"

#include <dlfcn.h>
#include <malloc/malloc.h>
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>

typedef void *new_operator(size_t size);
typedef void *aligned_new(size_t size, size_t alignment);
typedef void delete_operator(void *p);
typedef void aligned_delete(void *p, size_t alignment);

static bool is_ours(const void *p)
{
    malloc_zone_t *zone = malloc_zone_from_ptr(p);

    return zone != NULL && strcmp(zone->zone_name, "ikyoalloc") == 0;
}

static void new_and_delete_work_on_blocks_of_ours(void)
{
    new_operator *new_one = (new_operator *)dlsym(RTLD_DEFAULT, "_Znwm");
    delete_operator *delete_one = (delete_operator *)dlsym(RTLD_DEFAULT, "_ZdlPv");
    void *p = new_one(100);

    EXPECT(is_ours(p) && malloc_size(p) >= 100);
    delete_one(p);
    delete_one(NULL);
}

static void aligned_new_keeps_the_alignment(void)
{
    aligned_new *new_one = (aligned_new *)dlsym(RTLD_DEFAULT, "_ZnwmSt11align_val_t");
    aligned_delete *delete_one = (aligned_delete *)dlsym(RTLD_DEFAULT, "_ZdlPvSt11align_val_t");

    for (size_t alignment = 8; alignment <= 1 << 20; alignment *= 2) {
        void *p = new_one(100, alignment);

        EXPECT((uintptr_t)p % alignment == 0 && is_ours(p));
        delete_one(p, alignment);
    }
}

// The exception that nobody catches, or that there is no C++ library to throw.
static void new_without_memory_never_returns(void)
{
    new_operator *new_one = (new_operator *)dlsym(RTLD_DEFAULT, "_Znwm");
    volatile size_t most = SIZE_MAX;
    int status = 0;
    pid_t child = fork();

    EXPECT(child >= 0);
    if (child == 0) {
        new_one(most);
        _exit(0);
    }
    EXPECT(waitpid(child, &status, 0) == child);
    EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void)
{
    static const struct test tests[] = {
        TEST(new_and_delete_work_on_blocks_of_ours),
        TEST(aligned_new_keeps_the_alignment),
        TEST(new_without_memory_never_returns),
    };

    return RUN_TESTS(tests);
}
