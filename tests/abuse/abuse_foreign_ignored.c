// SPDX-License-Identifier: MIT
// With foreign_free=ignore a foreign pointer does nothing, and nothing of ours suffers.
#include "expect.h"

static char variable[64];

static void free_foreign_pointers(void)
{
    static const char *const volatile literal = "a text that nobody allocated";
    char local[64];
    char *page = mmap(NULL, 1 * MIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED || munmap(page, 1 * MIB) != 0)
        _exit(2);
    memset(local, 1, sizeof(local));
    memset(variable, 2, sizeof(variable));
    call.free(local + 16);
    call.free(variable + 16);
    call.free((void *)(uintptr_t)literal);
    call.free(page + 4096);
    for (int i = 0; i < 1000; i++) {
        char *p = call.malloc(64);
        if (p == NULL)
            _exit(3);
        memset(p, 3, 64);
    }
    for (size_t i = 0; i < sizeof(local); i++) {
        if (local[i] != 1 || variable[i] != 2)
            _exit(4);
    }
}

int main(int argc, char **argv)
{
    (void)argc;
    expect_option(argv, "IKYO_FOREIGN_FREE", "ignore");
    return expect_silence(free_foreign_pointers);
}
