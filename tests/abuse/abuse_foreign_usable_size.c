// SPDX-License-Identifier: MIT
// With foreign_free=ignore the usable size of a foreign pointer is 0.
#include "expect.h"

static char variable[64];

static void measure_foreign_pointers(void)
{
    char local[64];
    char *page = mmap(NULL, 1 * MIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED || munmap(page, 1 * MIB) != 0)
        _exit(2);
    memset(local, 1, sizeof(local));
    if (call.malloc_usable_size(local + 16) != 0 || call.malloc_usable_size(variable + 16) != 0)
        _exit(3);
    if (call.malloc_usable_size(page + 4096) != 0)
        _exit(4);
}

int main(int argc, char **argv)
{
    (void)argc;
    expect_option(argv, "IKYO_FOREIGN_FREE", "ignore");
    return expect_silence(measure_foreign_pointers);
}
