// SPDX-License-Identifier: MIT
// A page that the program mapped for itself is none of ours.
#include "expect.h"

static void free_own_mapping(void)
{
    char *page = mmap(NULL, 1 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        _exit(2);
    call.free(blame(page));
}

int main(int argc, char **argv)
{
    (void)argc;
    expect_option(argv, "IKYO_FOREIGN_FREE", "abort");
    return expect_abort(free_own_mapping, "free", "foreign pointer");
}
