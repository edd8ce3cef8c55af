// SPDX-License-Identifier: MIT
// Pointers into a block of many pages that no allocation could have returned.
#include "expect.h"

static size_t offset;

static void free_misaligned(void)
{
    char *p = call.malloc(100 * KIB);

    if (p == NULL)
        _exit(2);
    call.free(blame(p + offset));
}

int main(void)
{
    static const size_t offsets[] = { 1, 8, 15, 17, 4097, 50001 };
    int failures = 0;

    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        offset = offsets[i];
        failures += expect_abort(free_misaligned, "free", "invalid pointer");
    }
    return failures != 0;
}
