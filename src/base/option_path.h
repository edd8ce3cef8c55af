// SPDX-License-Identifier: MIT
// File names as values of options: each is kept here, and named by a number.
//
// They are copied, as programs may write over their environment. Names are added while one
// thread reads the options, and stay.
//
// Layer: base. Above: option, sink.
#ifndef BASE_OPTION_PATH_H
#define BASE_OPTION_PATH_H

#include <stdbool.h>
#include <stddef.h>

// The value that stands for this name; it is the same for the same name, and 0 for the empty
// one. False: no room.
bool option_path_add(const char *name, size_t size, size_t *value);

// The name that a value stands for.
const char *option_path(size_t value);

#endif
