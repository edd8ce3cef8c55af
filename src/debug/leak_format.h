// SPDX-License-Identifier: MIT
// The two shapes of the report of memory that was not freed.
//
// Layer: debug. Above: leak. Below: reach, trace, source, base.
#ifndef DEBUG_LEAK_FORMAT_H
#define DEBUG_LEAK_FORMAT_H

#include "base/call.h"
#include "base/text.h"
#include "debug/reach.h"
#include "debug/trace.h"
#include "os/compiler.h"

#include <stddef.h>

enum { LEAK_GROUPS = 20 }; // that are shown at most

struct leak_amount {
    size_t blocks, bytes;
};

// Why no pointer to a block may be in use although none was found.
enum leak_doubt { LEAK_SURE, LEAK_THREADS, LEAK_SYSTEM };

struct leaks {
    enum call call;
    const struct reach_block *groups; // in the order in which they are shown; each stands for
    size_t count;                     // `blocks` of `size` bytes together
    const struct trace *traces;       // of the first LEAK_GROUPS of them
    struct leak_amount lost, reachable; // in all
    enum leak_doubt doubt;
};

static inline bool leak_is_lost(const struct reach_block *group)
{
    return group->state == REACH_LOST;
}

// What the groups from `first` on come to.
struct leak_amount leak_sum(const struct leaks *l, size_t first);

// Adds those of the groups that are shown and leave room for what follows them: how many.
size_t leak_add_groups(struct text *t, const struct leaks *l,
                       void (*add)(struct text *t, const struct leaks *l, size_t group));

// Lines for a person, or an object of JSON in one line. Groups that do not fit are summed up.
COLD void leak_add_text(struct text *t, const struct leaks *l);
COLD void leak_add_json(struct text *t, const struct leaks *l);

// The same when there was no memory for the search.
COLD void leak_add_text_refused(struct text *t, enum call call);
COLD void leak_add_json_refused(struct text *t, enum call call);

#endif
