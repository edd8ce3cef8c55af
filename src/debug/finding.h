// SPDX-License-Identifier: MIT
// What a check found, and the report of it: in words, or as one line of JSON.
//
// A report is written by one call, without locks of the allocator or calls of the loader, in
// pages that are mapped for it: a handler of signals may have a small stack. Where it goes
// and what follows it is as with the lines of base/report.h, the callback included.
//
// Layer: debug. Above: checked.c, sample. Below: finding_format, trace, modules, base, vm.
#ifndef DEBUG_FINDING_H
#define DEBUG_FINDING_H

#include "base/call.h"
#include "os/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Which misuse: one row each in finding.def, with its words.
enum finding_kind {
#define FINDING(constant, name, words) constant,
#include "debug/finding.def"
#undef FINDING
    FINDING_COUNT
};

// Who did it, and when. A stack of 0 and a thread of 0 are not known.
struct event {
    uint32_t stack;    // as stack_capture returned it
    uint32_t thread;   // the system's number of the thread
    uint64_t sequence; // 1 for the first allocation or free of the process
};

struct source; // of debug/record.h

// The block that a finding is about. Without start nothing is known of it.
struct block_facts {
    const void *start;
    size_t size;        // as asked for
    bool size_is_known; // else `size` is what the block has room for
    bool freed;
    enum family family;
    struct event allocated, released;
    const struct source *source; // where it was allocated, in words of the program; or NULL
};

struct finding {
    enum finding_kind kind;
    enum call call;      // the public call in which it was noticed
    const void *pointer; // what was passed to it, or the address that was used
    struct event now;    // the caller
    struct block_facts block;
    const void *damage;    // first byte that is not as it must be; NULL: none is shown
    size_t damage_size;    // from there on; these bytes are read
    size_t told_size;      // what the caller says the size is; of FOUND_SIZE_MISMATCH only
    size_t told_alignment; // the same of FOUND_ALIGNMENT_MISMATCH
};

// Writes the report, then acts as options.on_error says: may return. Keeps errno.
COLD void finding_report(const struct finding *f);

#endif
