// SPDX-License-Identifier: MIT
// A call stack whose frames are places in files: what reports show of it.
//
// A return address lies behind the call, often in the next line already. So a place is that
// of the last byte of the call.
//
// Layer: debug. Above: finding_format, leak. Below: stack, modules, base.
#ifndef DEBUG_TRACE_H
#define DEBUG_TRACE_H

#include "base/text.h"
#include "debug/modules.h"
#include "debug/stack.h"
#include "os/compiler.h"

#include <stddef.h>
#include <stdint.h>

struct frame {
    uintptr_t address;           // in the process
    struct module_address place; // its path is NULL if it is in no module
};

struct trace {
    size_t count;
    struct frame frames[STACK_FRAMES];
};

// The trace of a stack as stack_capture returned it; empty for stack 0. Holds paths of `m`.
COLD void trace_read(struct trace *trace, uint32_t stack, const struct modules *m);

// Adds a line per frame: `    #0 /usr/bin/program+0x1234`.
COLD void trace_add(struct text *t, const struct trace *trace);

// Adds a command for the shell per module that occurs, which shows the lines of its frames.
COLD void trace_add_commands(struct text *t, const struct trace *traces, size_t count);

#endif
