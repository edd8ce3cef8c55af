// SPDX-License-Identifier: MIT
// For tests on a C library without glibc's calls: the library brings them, so programs may ask.
#ifndef TESTS_COMPAT_MALLOC_H
#define TESTS_COMPAT_MALLOC_H

#include_next <malloc.h>
#include <stdio.h>

enum {
    M_MXFAST = 1,
    M_TRIM_THRESHOLD = -1,
    M_TOP_PAD = -2,
    M_MMAP_THRESHOLD = -3,
    M_MMAP_MAX = -4,
    M_CHECK_ACTION = -5,
    M_PERTURB = -6,
    M_ARENA_TEST = -7,
    M_ARENA_MAX = -8
};

struct mallinfo {
    int arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost;
};

struct mallinfo2 {
    size_t arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost;
};

#ifdef __cplusplus
extern "C" {
#endif

// Weak, as programs that are only preloaded are linked without it.
int malloc_trim(size_t pad) __attribute__((weak));
int mallopt(int parameter, int value);
struct mallinfo mallinfo(void);
struct mallinfo2 mallinfo2(void);
void malloc_stats(void);
int malloc_info(int flags, FILE *stream);
void *pvalloc(size_t size);

#ifdef __cplusplus
}
#endif

#endif
