// SPDX-License-Identifier: MIT
// A string literal lies in memory that cannot even be written.
#include "expect.h"

static void free_literal(void)
{
    static const char *const volatile text = "a text that nobody allocated";

    call.free(blame((void *)(uintptr_t)text));
}

int main(int argc, char **argv)
{
    (void)argc;
    expect_option(argv, "IKYO_FOREIGN_FREE", "abort");
    return expect_abort(free_literal, "free", "foreign pointer");
}
