// SPDX-License-Identifier: MIT
// The address of a local variable is none of ours.
#include "expect.h"

static void free_local(void)
{
    char local[64];

    memset(local, 1, sizeof(local));
    call.free(blame(local + 16));
}

int main(int argc, char **argv)
{
    (void)argc;
    expect_option(argv, "IKYO_FOREIGN_FREE", "abort");
    return expect_abort(free_local, "free", "foreign pointer");
}
