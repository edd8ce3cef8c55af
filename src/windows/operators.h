// SPDX-License-Identifier: MIT
// What the C++ operators of a program, in operators.cpp, call in the library. Between the two
// may be the border of a DLL, and so these are exported.
#ifndef WINDOWS_OPERATORS_H
#define WINDOWS_OPERATORS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// NULL: no memory.
void *ikyo_operator_new(size_t size);
void *ikyo_operator_new_aligned(size_t size, size_t alignment);

void ikyo_operator_delete(void *p);
void ikyo_operator_delete_aligned(void *p, size_t alignment);

#ifdef __cplusplus
}
#endif

#endif
