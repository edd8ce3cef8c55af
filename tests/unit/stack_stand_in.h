// SPDX-License-Identifier: MIT
// For a test of reports, without debug/stack and debug/modules: stacks and modules that the test
// makes up, so that the text of a report is known word for word.
//
//   module /usr/bin/prog        0x1000 to 0x2000, its addresses less 0x1000
//   module /lib/libc.so.6       0x5000 to 0x6000, the same
#ifndef TESTS_UNIT_STACK_STAND_IN_H
#define TESTS_UNIT_STACK_STAND_IN_H

#include "debug/modules.h"
#include "debug/stack.h"

enum { STAND_IN_STACKS = 8 };

static const uintptr_t *stand_in_frames[STAND_IN_STACKS]; // by number of the stack
static size_t stand_in_counts[STAND_IN_STACKS];
static const char *stand_in_program = "/usr/bin/prog";

// Makes the array the frames of a stack: return addresses, as the true ones are.
#define SET_STACK(number, array)                                                                   \
    (stand_in_frames[number] = (array), stand_in_counts[number] = sizeof(array) / sizeof *(array))

size_t stack_frames(uint32_t stack, const uintptr_t **frames)
{
    *frames = stand_in_frames[stack];
    return stand_in_counts[stack];
}

void modules_read(struct modules *m)
{
    m->count = 2;
}

bool modules_find(const struct modules *m, uintptr_t address, struct module_address *a)
{
    if (m->count == 2 && address >= 0x1000 && address < 0x2000) {
        *a = (struct module_address){stand_in_program, address - 0x1000};
        return true;
    }
    if (m->count == 2 && address >= 0x5000 && address < 0x6000) {
        *a = (struct module_address){"/lib/libc.so.6", address - 0x5000};
        return true;
    }
    return false;
}

#endif
