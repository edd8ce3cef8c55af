// SPDX-License-Identifier: MIT
// The run-time options: read as plain fields, `options.purge_delay`.
//
// They come, later ones winning, from glibc's MALLOC_* variables, from
// IKYO_OPTIONS="name=value,..." and from IKYO_<NAME>=value. What cannot be
// understood is left at its default, named where reports go if verbose is set,
// and never stops the program. The rows are in option.def.
//
// Layer: base. Below: os.
#ifndef BASE_OPTION_H
#define BASE_OPTION_H

#include "base/text.h"
#include "os/compiler.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

// The words of the CHOICE options. A value belongs to one option only.
enum option_choice {
#define OPTION(name, type, value, when, promise, help)
#define CHOICE(name, word, constant) constant,
#include "base/option.def"
#undef CHOICE
#undef OPTION
};

// FIXED options are written by option_init only, LIVE ones by any thread.
#define OPTION_FIELD_FIXED size_t
#define OPTION_FIELD_LIVE _Atomic(size_t)
// On pages of its own, as it may be made read-only (sealed.h).
struct TAKES_PAGES options {
#define OPTION(name, type, value, when, promise, help) OPTION_FIELD_##when name;
#define CHOICE(name, word, constant)
#include "base/option.def"
#undef CHOICE
#undef OPTION
};

// Holds the defaults until option_init has run, so it may be read at any time.
extern struct options options;

// Reads the variables of a program; `environment` may be NULL, and is ignored
// when `secure`. Called before a second thread can read a FIXED option.
void option_init(const char *const *environment, bool secure);

// Sets a LIVE option from text. False if the name is unknown or not live, or
// the value is not understood; nothing has changed then.
COLD bool option_set(const char *name, const char *value);

// The knobs of glibc, by variable at the start and by mallopt later.
enum option_alias {
    OPTION_ARENA_MAX,      // 64 MiB of cache_limit for each arena
    OPTION_TRIM_THRESHOLD, // trim_threshold
    OPTION_MMAP_THRESHOLD, // mmap_threshold
    OPTION_PERTURB,        // perturb
    OPTION_CHECK,          // on_error: bit 1 aborts, else bit 0 warns, else ignore
};
COLD void option_set_alias(enum option_alias alias, size_t value);

// Adds the table of docs/options.md.
COLD void option_print(struct text *t);

#endif
