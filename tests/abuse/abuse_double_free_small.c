// SPDX-License-Identifier: MIT
// A small block freed twice in a row: it is still at the top of its list.
#include "expect.h"

static size_t size;

static void free_twice(void)
{
    void *neighbour = call.malloc(size);
    void *p = call.malloc(size);

    if (neighbour == NULL || p == NULL)
        _exit(2);
    blame(p);
    call.free(p);
    call.free(p);
}

int main(void)
{
    static const size_t sizes[] = { 0, 1, 16, 40, 100, 1000, 1024, 1025, 3000, 5000, 20000, 32768 };
    int failures = 0;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size = sizes[i];
        failures += expect_abort(free_twice, "free", "double free");
    }
    return failures != 0;
}
