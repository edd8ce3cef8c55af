// SPDX-License-Identifier: MIT
// The only block of a program freed twice: its first free may have emptied all there was.
#include "expect.h"

static void free_twice(void)
{
    void *p = call.malloc(7777);

    if (p == NULL)
        _exit(2);
    blame(p);
    call.free(p);
    call.free(p);
}

int main(void)
{
    return expect_abort(free_twice, "free", "double free");
}
