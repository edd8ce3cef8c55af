// SPDX-License-Identifier: MIT
// A block of many pages freed twice, with other traffic in between.
#include "delayed.h"

static void free_again_later(void)
{
    delayed_double_free(100 * KIB);
}

int main(void)
{
    // Free memory around it may have been joined: "no block starts here" is as true by then.
    return expect_abort_either(free_again_later, "free", "double free", "invalid pointer");
}
