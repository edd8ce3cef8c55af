// SPDX-License-Identifier: MIT
// The two shapes of a report. What does not fit is left off the end: finding.c sees to it.
//
// Layer: debug. Above: finding. Below: trace, hexdump, base, vm.
#ifndef DEBUG_FINDING_FORMAT_H
#define DEBUG_FINDING_FORMAT_H

#include "base/text.h"
#include "debug/finding.h"
#include "debug/trace.h"

#include <stdbool.h>

// The stacks of a finding.
enum { TRACE_NOW, TRACE_ALLOCATED, TRACE_RELEASED, TRACES };

// Texts in place, as pointers to them would have to be relocated in every process.
struct finding_facts {
    char name[24];
    char words[72];
};

extern const struct finding_facts findings[FINDING_COUNT];
extern const char family_names[][16];

// Lines for a person.
COLD void finding_add_text(struct text *t, const struct finding *f,
                           const struct trace traces[TRACES], bool color);

// An object of JSON in one line; less than 2,000 bytes if the traces are empty.
COLD void finding_add_json(struct text *t, const struct finding *f,
                           const struct trace traces[TRACES]);

#endif
