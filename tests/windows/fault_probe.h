// SPDX-License-Identifier: MIT
// tests/unit/fault_probe.h for Windows: included before each test, in its place.
#ifndef UNIT_FAULT_PROBE_H
#define UNIT_FAULT_PROBE_H

#include <stdbool.h>
#include <stddef.h>

bool fault_probe_read(volatile char *addr);
bool fault_probe_write(volatile char *addr);

#endif
