// SPDX-License-Identifier: MIT
#include "vm/meta.h"

#include "base/limits.h"
#include "base/lock.h"
#include "vm/charge.h"
#include "vm/vm.h"

#define PIECE ((size_t)64 << 10)

static char *next, *end; // LOCK_META

static char *map(size_t size)
{
    char *p = vm_map(size, vm_page_size());

    if (p != NULL) {
        charge_reserved(size);
        charge_committed(size, CHARGE_METADATA);
    }
    return p;
}

void *meta_take(size_t size)
{
    char *p;

    size = (size + CACHE_LINE - 1) & ~(size_t)(CACHE_LINE - 1);
    if (size > PIECE / 2)
        return map((size + PIECE - 1) & ~(PIECE - 1));
    lock_take(LOCK_META);
    if ((size_t)(end - next) < size) {
        p = map(PIECE);
        if (p == NULL) {
            lock_give(LOCK_META);
            return NULL;
        }
        next = p;
        end = p + PIECE;
    }
    p = next;
    next += size;
    lock_give(LOCK_META);
    return p;
}
