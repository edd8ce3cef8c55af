// SPDX-License-Identifier: MIT
#include "vm/meta.h"

#include "base/limits.h"
#include "base/lock.h"
#include "vm/charge.h"
#include "vm/vm.h"

#define PIECE ((size_t)64 << 10)

// At the start of each mapping, in a cache line that no record is given.
struct mapping {
    struct mapping *next;
    size_t size;
};

static struct mapping *mappings; // LOCK_META
static char *next, *end;         // LOCK_META

// A mapping with room for `room` bytes. Needs LOCK_META.
static char *map(size_t room)
{
    size_t page = vm_page_size();
    size_t size = (CACHE_LINE + room + page - 1) & ~(page - 1);
    struct mapping *m = vm_map(size, page);

    if (m == NULL)
        return NULL;
    charge_reserved(size);
    charge_committed(size, CHARGE_METADATA);
    *m = (struct mapping){mappings, size};
    mappings = m;
    return (char *)m + CACHE_LINE;
}

// Needs LOCK_META.
static char *take_of_piece(size_t size)
{
    char *p;

    if ((size_t)(end - next) < size) {
        p = map(PIECE - CACHE_LINE);
        if (p == NULL)
            return NULL;
        next = p;
        end = p + PIECE - CACHE_LINE;
    }
    p = next;
    next += size;
    return p;
}

void *meta_take(size_t size)
{
    char *p;

    size = (size + CACHE_LINE - 1) & ~(size_t)(CACHE_LINE - 1);
    lock_take(LOCK_META);
    p = size > PIECE / 2 ? map(size) : take_of_piece(size);
    lock_give(LOCK_META);
    return p;
}

void meta_visit(void (*visit)(const void *p, size_t size, void *context), void *context)
{
    lock_take(LOCK_META);
    for (const struct mapping *m = mappings; m != NULL; m = m->next)
        visit(m, m->size, context);
    lock_give(LOCK_META);
}
