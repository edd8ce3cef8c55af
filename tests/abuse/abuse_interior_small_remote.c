// SPDX-License-Identifier: MIT
// A pointer into a small block freed by a thread that does not own it: such a free is never on
// the short path, so it looks at the pointer closely.
#include "expect.h"

#include <pthread.h>

static size_t offset;

static void *free_argument(void *p)
{
    call.free(p);
    return NULL;
}

static void free_interior_elsewhere(void)
{
    char *p = call.malloc(200);
    pthread_t thread;

    if (p == NULL)
        _exit(2);
    if (pthread_create(&thread, NULL, free_argument, blame(p + offset)) != 0)
        _exit(3);
    pthread_join(thread, NULL);
}

int main(void)
{
    static const size_t offsets[] = { 1, 8, 16, 100 };
    int failures = 0;

    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        offset = offsets[i];
        failures += expect_abort(free_interior_elsewhere, "free", "invalid pointer");
    }
    return failures != 0;
}
