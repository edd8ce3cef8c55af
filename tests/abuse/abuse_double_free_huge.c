// SPDX-License-Identifier: MIT
// A block with a mapping of its own freed twice in a row, touched and untouched.
#include "expect.h"

static size_t touched;

static void free_twice(void)
{
    char *p = call.malloc((size_t)64 * MIB);

    if (p == NULL)
        _exit(2);
    memset(p, 1, touched);
    blame(p);
    call.free(p);
    call.free(p);
}

int main(void)
{
    int failures = expect_abort(free_twice, "free", "double free");

    touched = (size_t)64 * MIB;
    return failures + expect_abort(free_twice, "free", "double free") != 0;
}
