// SPDX-License-Identifier: MIT
// Where a pointer has 32 bits, some kernels have room for a block of SIZE_MAX / 2, which the tests
// call impossible. With this limit none has.
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>

__attribute__((constructor)) static void limit_addresses(void)
{
    const struct rlimit limit = {SIZE_MAX / 2 + 1, SIZE_MAX / 2 + 1};

    if (sizeof(size_t) == 4 && setrlimit(RLIMIT_AS, &limit) != 0)
        abort();
}
