// SPDX-License-Identifier: MIT
// What the tests use of POSIX and Windows' C library lacks, as far as it takes a line or two.
// Included before each test, with what stands for headers of tests/unit here.
#ifndef TESTS_WINDOWS_POSIX_H
#define TESTS_WINDOWS_POSIX_H

#include "child.h"
#include "fault_probe.h"

#include <stddef.h>

// Windows raises no such signal, but takes a handler for the number.
#define SIGBUS 11

#define STDERR_FILENO 2

int setenv(const char *name, const char *value, int overwrite);
int unsetenv(const char *name);
int pipe(int ends[2]);
int dprintf(int fd, const char *format, ...) __attribute__((format(gnu_printf, 2, 3)));

// The parent of a child keeps the time instead.
unsigned alarm(unsigned seconds);

// By the _aligned_malloc of the program, whose free must be ours then.
int posix_memalign(void **result, size_t alignment, size_t size);

#endif
