// SPDX-License-Identifier: MIT
// Pointers into a block with a mapping of its own.
#include "expect.h"

static size_t offset;

static void free_interior(void)
{
    char *p = call.malloc((size_t)64 * MIB);

    if (p == NULL)
        _exit(2);
    call.free(blame(p + offset));
}

int main(void)
{
    static const size_t offsets[] = { 16, 4096, MIB, 2 * MIB, 32 * MIB, 64 * MIB - 16 };
    int failures = 0;

    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        offset = offsets[i];
        failures += expect_abort(free_interior, "free", "invalid pointer");
    }
    return failures != 0;
}
