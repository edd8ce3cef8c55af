// SPDX-License-Identifier: MIT
// A freed block of many pages, or of its own mapping, given to realloc.
#include "expect.h"

static size_t size;

static void realloc_freed(void)
{
    void *p = call.malloc(size);

    if (p == NULL)
        _exit(2);
    blame(p);
    call.free(p);
    call.realloc(p, size * 2);
}

int main(void)
{
    static const size_t sizes[] = { 100 * KIB, 3 * MIB, 64 * MIB };
    int failures = 0;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size = sizes[i];
        // It is the second release of the block, and no block starts there: both words are right.
        failures += expect_abort_either(realloc_freed, "realloc", "double free", "invalid pointer");
    }
    return failures != 0;
}
