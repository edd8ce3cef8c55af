// SPDX-License-Identifier: MIT
// The start as the library is loaded, for where it may come too late else: with a C library that
// makes threads without allocating, and opened by dlopen in a program that has threads. There one
// thread may allocate for the first time of the process while another forks, and a fork that began
// before the handlers of fork were there takes no locks.
#include "init.h"

#include "os/compiler.h"

static CONSTRUCTOR ON_START void start_early(void)
{
    init_ensure();
}
