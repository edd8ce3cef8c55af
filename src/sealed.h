// SPDX-License-Identifier: MIT
// What the checked modes fix at the start, the options and the secrets of tags, lies on pages of its
// own that from then on can only be read: a write of the program that goes astray, or is led there,
// faults instead of turning the checks off. Where the system refuses to change the pages they stay
// as they are. What is derived from them, as bounds and the names of files, is not protected.
//
// Above: api, glibc, checked. Below: debug, base, vm.
#ifndef SEALED_H
#define SEALED_H

#include <stdbool.h>

// Once, when all of it is known and a checked mode is on.
void sealed_start(void);

// Around each change of a live option, which one thread makes at a time. False: the options cannot
// be written to, and there is nothing to close. Needs no lock, and allocates nothing.
bool sealed_open(void);
void sealed_close(void);

#endif
