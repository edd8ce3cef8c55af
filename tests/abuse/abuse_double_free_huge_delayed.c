// SPDX-License-Identifier: MIT
// A block with a mapping of its own freed twice, with other traffic in between.
#include "delayed.h"

static void free_again_later(void)
{
    delayed_double_free((size_t)64 * MIB);
}

int main(void)
{
    // Free memory around it may have been joined: "no block starts here" is as true by then.
    return expect_abort_either(free_again_later, "free", "double free", "invalid pointer");
}
