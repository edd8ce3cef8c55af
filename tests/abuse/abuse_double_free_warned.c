// SPDX-License-Identifier: MIT
// With on_error=warn a double free is one line, and the program goes on with a sound heap.
#include "expect.h"

static void free_twice_and_go_on(void)
{
    static char *blocks[2000];
    void *neighbour = call.malloc(100);
    char *p = call.malloc(100);

    if (neighbour == NULL || p == NULL)
        _exit(2);
    blame(p);
    call.free(p);
    call.free(p);
    for (int i = 0; i < 2000; i++) {
        blocks[i] = call.malloc(100);
        if (blocks[i] == NULL)
            _exit(3);
        memset(blocks[i], i % 251, 100);
    }
    // Had the second free done anything, two of the blocks would be one.
    for (int i = 0; i < 2000; i++) {
        if (blocks[i][0] != (char)(i % 251) || blocks[i][99] != (char)(i % 251))
            _exit(4);
        call.free(blocks[i]);
    }
}

int main(int argc, char **argv)
{
    (void)argc;
    expect_option(argv, "IKYO_ON_ERROR", "warn");
    struct outcome outcome = expect_run(free_twice_and_go_on);

    return expect_verdict(expect_exited(&outcome) && expect_line(&outcome, "free", "double free"),
                          &outcome, "double free, then exit");
}
