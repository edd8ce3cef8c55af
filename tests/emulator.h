// SPDX-License-Identifier: MIT
// An emulator of another CPU adds a line to standard error when a signal ends a program. What a test
// reads of that stream is without it.
#ifndef TESTS_EMULATOR_H
#define TESTS_EMULATOR_H

#include <string.h>

static inline void emulator_unsay(char *text)
{
    char *line = strstr(text, "qemu: uncaught target signal");

    if (line != NULL)
        *line = '\0';
}

#endif
