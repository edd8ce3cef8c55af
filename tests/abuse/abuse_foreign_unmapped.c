// SPDX-License-Identifier: MIT
// An address with nothing behind it must be judged without being read.
#include "expect.h"

static void free_unmapped(void)
{
    char *page = mmap(NULL, 1 * MIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED || munmap(page, 1 * MIB) != 0)
        _exit(2);
    call.free(blame(page + 4096));
}

int main(int argc, char **argv)
{
    (void)argc;
    expect_option(argv, "IKYO_FOREIGN_FREE", "abort");
    return expect_abort(free_unmapped, "free", "foreign pointer");
}
