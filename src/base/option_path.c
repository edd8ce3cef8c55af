// SPDX-License-Identifier: MIT
#include "base/option_path.h"

#include <string.h>

// One behind the other, each ended by a zero byte, the empty one first; a value is a place here.
static char names[1024];
static size_t names_size = 1;

const char *option_path(size_t value)
{
    return names + value;
}

// The variables may be read twice, so a name that is there already is not added again.
bool option_path_add(const char *name, size_t size, size_t *value)
{
    size_t at = 0;
    size_t length;

    for (; at < names_size; at += length + 1) {
        length = strlen(names + at);
        if (length == size && memcmp(names + at, name, size) == 0) {
            *value = at;
            return true;
        }
    }
    if (size >= sizeof names - at) {
        return false;
    }
    memcpy(names + at, name, size);
    names_size = at + size + 1;
    *value = at;
    return true;
}
