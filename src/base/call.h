// SPDX-License-Identifier: MIT
// The public calls by number: what the slow paths hand down, so that a report can name
// the call in which a misuse was noticed, and tell whether it fits the block.
//
// Layer: base.
#ifndef BASE_CALL_H
#define BASE_CALL_H

// The families of C++ must not be mixed: what new took, delete gives back.
enum family { FAMILY_MALLOC, FAMILY_NEW, FAMILY_NEW_ARRAY, FAMILY_UNKNOWN };

enum call {
#define CALL(constant, name, family) constant,
#include "base/call.def"
#undef CALL
    CALL_COUNT
};

struct call_facts {
    const char *name;
    enum family family;
};

extern const struct call_facts call_table[CALL_COUNT];

#endif
