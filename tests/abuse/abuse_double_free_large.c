// SPDX-License-Identifier: MIT
// A block of many pages freed twice in a row.
#include "expect.h"

static size_t size;

static void free_twice(void)
{
    void *p = call.malloc(size);

    if (p == NULL)
        _exit(2);
    memset(p, 1, size);
    blame(p);
    call.free(p);
    call.free(p);
}

int main(void)
{
    static const size_t sizes[] = { 40 * KIB, 100 * KIB, 500 * KIB, MIB, 3 * MIB, 20 * MIB };
    int failures = 0;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size = sizes[i];
        failures += expect_abort(free_twice, "free", "double free");
    }
    return failures != 0;
}
