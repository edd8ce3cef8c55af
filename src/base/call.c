// SPDX-License-Identifier: MIT
#include "base/call.h"

const struct call_facts call_table[CALL_COUNT] = {
#define CALL(constant, name, family) {name, family},
#include "base/call.def"
#undef CALL
};
