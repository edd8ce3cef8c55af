// SPDX-License-Identifier: MIT
// realloc judges a pointer as free does.
#include "expect.h"

static void realloc_local(void)
{
    char local[64];

    memset(local, 1, sizeof(local));
    call.realloc(blame(local + 16), 100);
}

int main(int argc, char **argv)
{
    (void)argc;
    expect_option(argv, "IKYO_FOREIGN_FREE", "abort");
    return expect_abort(realloc_local, "realloc", "foreign pointer");
}
