// SPDX-License-Identifier: MIT
// A pointer into a block of many pages, or of its own mapping, given to realloc.
#include "expect.h"

static size_t size;

static void realloc_interior(void)
{
    char *p = call.malloc(size);

    if (p == NULL)
        _exit(2);
    call.realloc(blame(p + 4096), size * 2);
}

int main(void)
{
    static const size_t sizes[] = { 100 * KIB, 3 * MIB, 64 * MIB };
    int failures = 0;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size = sizes[i];
        failures += expect_abort(realloc_interior, "realloc", "invalid pointer");
    }
    return failures != 0;
}
