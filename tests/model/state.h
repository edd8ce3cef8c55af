// SPDX-License-Identifier: MIT
// The state of the model as bytes: kept, brought back, and compared by a hash.
#ifndef MODEL_STATE_H
#define MODEL_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What a state has that differs from the first one; grows as needed, starts as zeroes.
struct snapshot {
    struct piece *pieces;
    size_t count, room;
};

// The variables of the program belong to the state, but for one that never changes
// and is large.
void state_init(void *excluded, size_t excluded_size);
void state_add_range(void *start, size_t size);

// The present state becomes the first one. Once, when all ranges are known.
void state_begin(void);

// Keeps the present state and hashes it; every state must be kept before it is left,
// as bringing another back relies on knowing all that ever changed.
uint64_t state_save(struct snapshot *s);
void state_restore(const struct snapshot *s);

// A set of hashes. True when it was not in the set.
bool state_is_new(uint64_t hash);
void state_forget_all(void);
size_t state_count(void);

#endif
