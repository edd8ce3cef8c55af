// SPDX-License-Identifier: MIT
// One call in a checked mode: who makes it, and how to report what it finds.
//
// Above: checked, checked_take, checked_give. Below: debug, find.
#ifndef CHECKED_VISIT_H
#define CHECKED_VISIT_H

#include "base/call.h"
#include "base/option.h"
#include "debug/finding.h"
#include "debug/tag.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    POISON_NEW = 0xDD,
    POISON_FREED = 0xFE,
    POISON_MOST = 1 << 28, // larger blocks are left as they are: they may be mostly unused
    CORE_BYTES = 16, // of a free block, that the lists and messages of the core are kept in
};

struct visit {
    enum call call;
    const void *frame; // of the function that the application came to
    struct event now;  // as far as the mode keeps it
    const struct source *source; // where the application says it is; NULL: it does not
    struct ikyo_space *space;    // that the block is to be of; NULL: of none
    size_t findings;
};

static inline bool checked_is_full(void)
{
    return options.check == CHECK_FULL;
}

// Where a call enters the checked modes. To be inlined there.
#define VISIT(call, source) visit_of((call), __builtin_frame_address(0), (source))

void visit_keep_event(struct visit *v);

static inline struct visit visit_of(enum call call, const void *frame, const struct source *source)
{
    struct visit v = {.call = call, .frame = frame, .source = source};

    if (checked_is_full())
        visit_keep_event(&v);
    return v;
}

// What freed bytes read until they go out again.
static inline unsigned char poison_freed(void)
{
    return checked_is_full() ? POISON_FREED : 0;
}

// Bytes of the block at p, its tag among them; p is a block.
size_t usable_of(const void *p);

// Reports about a block: `count` bytes from `damage` on are not as they must be.
void visit_report(struct visit *v, enum finding_kind kind, const void *start, size_t usable,
                  const struct tag *tag, const void *damage, size_t count);

// About a block that is not what the caller says.
void visit_report_told(struct visit *v, enum finding_kind kind, const void *start, size_t usable,
                       const struct tag *tag, size_t size, size_t alignment);

// About a pointer into our memory at which no block is out.
void visit_report_bad(struct visit *v, const void *p);

// Looks at the bytes from `from` to `to` of a block that was freed, and reports what was
// written since. True: nothing was.
bool visit_untouched(struct visit *v, void *p, size_t usable, size_t from, size_t to,
                     const struct tag *tag);

// The same with the tag, which must be that of a block that was freed.
bool visit_as_left(struct visit *v, void *p, size_t usable, size_t from, size_t to);

// True when `count` bytes read as those of a block that was freed.
bool visit_is_poison(const void *start, size_t count);

// Gives a block back to where it came from, unchecked.
void checked_return(void *p);

#endif
