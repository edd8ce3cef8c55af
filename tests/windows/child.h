// SPDX-License-Identifier: MIT
// tests/unit/child.h for Windows, which has no fork: included before each test, in its place.
//
// A child is the same program started once more. It runs all of main again up to the call of
// child_run by which it was started: earlier calls give at once what they gave the first time,
// so the program comes to the same point with the same variables.
#ifndef TESTS_UNIT_CHILD_H
#define TESTS_UNIT_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct child {
    char text[4096]; // terminated
    int signal;      // that ended it, or 0
    int status;      // its exit status if no signal did
};

// Standard error of the child goes to `text`. A child that returns from `run`
// exits with 0.
struct child child_run(void (*run)(void));

#endif
