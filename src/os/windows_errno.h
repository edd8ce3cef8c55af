// SPDX-License-Identifier: MIT
// errno on Windows, included before every file of ours: asking for it may come back to us.
//
// The C library makes a record of each thread that first asks, by calloc. Where calloc is
// ours (an unmodified program whose C library was patched) and asks for errno itself, that
// would never end; so while the C library is asked, errno is a variable of our own.
#ifndef OS_WINDOWS_ERRNO_H
#define OS_WINDOWS_ERRNO_H

#include <errno.h>

int *os_errno_place(void);

#undef errno
#define errno (*os_errno_place())

#endif
