// SPDX-License-Identifier: MIT
// Where the code of the process comes from: an address as a file and an offset in it.
//
// The system is asked when a report is written, without the loader, whose locks the
// reporting thread may hold.
//
// Layer: debug. Above: finding, leak. Below: os.
#ifndef DEBUG_MODULES_H
#define DEBUG_MODULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MODULES = 256, MODULE_PATHS = 16 * 1024 };

struct module {
    uintptr_t start, end; // where it lies
    bool has_code;        // part of it may be executed
    uintptr_t bias;       // less this, its addresses are those of the file
    const char *path;     // in modules.paths
};

// Too large for the stack of a thread, and not to be copied.
struct modules {
    size_t count;
    size_t path_bytes;
    struct module entries[MODULES];
    char paths[MODULE_PATHS];
};

struct module_address {
    const char *path;
    uintptr_t offset; // as addr2line -e path takes it
};

// What is loaded now; as much of it as there is room for, nothing if the system does not say.
void modules_read(struct modules *m);

// False: the address lies in no module that was read. Stays right while m is not read again.
bool modules_find(const struct modules *m, uintptr_t address, struct module_address *a);

#endif
