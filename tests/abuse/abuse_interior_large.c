// SPDX-License-Identifier: MIT
// Pointers into a block of many pages, aligned as blocks are.
#include "expect.h"

static size_t offset;

static void free_interior(void)
{
    char *p = call.malloc(100 * KIB);

    if (p == NULL)
        _exit(2);
    call.free(blame(p + offset));
}

int main(void)
{
    static const size_t offsets[] = { 16, 64, 4096, 16 * KIB, 48 * KIB, 64 * KIB, 100 * KIB - 16 };
    int failures = 0;

    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        offset = offsets[i];
        failures += expect_abort(free_interior, "free", "invalid pointer");
    }
    return failures != 0;
}
