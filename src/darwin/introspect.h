// SPDX-License-Identifier: MIT
// What tools ask a malloc zone about itself.
#ifndef DARWIN_INTROSPECT_H
#define DARWIN_INTROSPECT_H

#include <malloc/malloc.h>
#include <stdint.h>

extern malloc_introspection_t introspection;

// Bytes that went back to the system since the start.
uint64_t introspect_given_back(void);

#endif
