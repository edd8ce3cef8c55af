// SPDX-License-Identifier: MIT
// Threads replace blocks of 8 to 1000 bytes, end, and leave them to a successor: adoption.
#include "bench_server.h"

static void *take(size_t size)
{
    return bench_need(malloc(size));
}

static void give(void *p, size_t size)
{
    (void)size;
    free(p);
}

int main(void)
{
    return bench_server(take, give);
}
