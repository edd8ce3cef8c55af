// SPDX-License-Identifier: MIT
// What a processor says of an access that faulted, which is the same under any system.
#ifndef OS_FAULT_CODE_H
#define OS_FAULT_CODE_H

#include "os/fault.h"

#include <stdint.h>

static inline enum os_access os_access_of(bool fetch, bool write)
{
    return fetch ? OS_ACCESS_EXECUTE : write ? OS_ACCESS_WRITE : OS_ACCESS_READ;
}

// The error code of an x86 page fault.
static inline enum os_access os_access_of_x86(uint64_t error)
{
    enum { WRITE = 2, FETCH = 16 };

    return os_access_of((error & FETCH) != 0, (error & WRITE) != 0);
}

// The exception syndrome of ARM64: either class of instruction aborts, by the level that the last
// bit of the class tells.
static inline enum os_access os_access_of_arm64(uint64_t syndrome)
{
    enum { CLASS_SHIFT = 26, CLASS_FETCH = 0x20, WRITE = 1 << 6 };

    return os_access_of((syndrome >> CLASS_SHIFT & 0x3e) == CLASS_FETCH, (syndrome & WRITE) != 0);
}

#endif
