// SPDX-License-Identifier: MIT
// The address of a static variable is none of ours.
#include "expect.h"

static char variable[256];

static void free_static(void)
{
    call.free(blame(variable + 16));
}

int main(int argc, char **argv)
{
    (void)argc;
    expect_option(argv, "IKYO_FOREIGN_FREE", "abort");
    return expect_abort(free_static, "free", "foreign pointer");
}
