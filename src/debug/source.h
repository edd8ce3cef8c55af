// SPDX-License-Identifier: MIT
// The place in the source where the program says a block was allocated: ikyo_malloc_at.
//
// Its texts are the program's own, and are gone if the library that they were in is. They are
// copied with care, and say so then.
//
// Layer: debug. Above: finding_format, leak_format. Below: record, json, os.
#ifndef DEBUG_SOURCE_H
#define DEBUG_SOURCE_H

#include "base/text.h"
#include "debug/record.h"
#include "os/compiler.h"

// Adds `main.c:12 (run)`.
COLD void source_add(struct text *t, const struct source *source);

// Adds an object of JSON, of less than 1,300 bytes.
COLD void source_add_json(struct text *t, const struct source *source);

#endif
