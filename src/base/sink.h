// SPDX-License-Identifier: MIT
// Where reports go: the file that report_file names, or else report_fd.
//
// The file is opened for each report and not kept: a program may close every descriptor that
// it does not know, and open something of its own under the number. A file that cannot be
// opened leaves report_fd. Nothing here allocates or waits, and all of it keeps errno.
//
// Standard error may become a data file of a program that closed it. What a checked mode
// has to say then goes nowhere, unless the file is one to add to, or is standard output too.
//
// Layer: base. Below: os.
#ifndef BASE_SINK_H
#define BASE_SINK_H

#include "os/compiler.h"

#include <stdbool.h>

struct sink {
    int fd;
    bool is_file; // that sink_close is to close
};

// Once, in the modes that report also what no call is about: remembers what standard error is
// by now, at the first allocation of the program.
COLD void sink_start(void);

COLD struct sink sink_open(void);
COLD void sink_close(struct sink s);

// Whether a text that is written there is to be in colour: options.color.
COLD bool sink_has_color(struct sink s);

#endif
