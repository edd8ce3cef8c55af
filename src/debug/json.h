// SPDX-License-Identifier: MIT
// The values of JSON, each behind its key: `,"size":` with all that stands in front of it.
//
// Addresses are strings, as not every reader has integers of 64 bits.
//
// Layer: debug. Above: finding_format, leak_format, source. Below: trace, base.
#ifndef DEBUG_JSON_H
#define DEBUG_JSON_H

#include "base/text.h"
#include "debug/trace.h"
#include "os/compiler.h"

#include <stdint.h>

COLD void json_add_string(struct text *t, const char *key, const char *string);
COLD void json_add_number(struct text *t, const char *key, uint64_t number);
COLD void json_add_address(struct text *t, const char *key, const void *p);

// An array of places.
COLD void json_add_trace(struct text *t, const char *key, const struct trace *trace);

#endif
