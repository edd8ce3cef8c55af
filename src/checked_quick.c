// SPDX-License-Identifier: MIT
#include "checked_quick.h"

#include <errno.h>

NOINLINE void checked_quick_damaged(void *p, size_t bytes, uint64_t tag, enum call call)
{
    struct visit v = VISIT(call, NULL);
    struct tag live = tag_of_live(bytes, tag);

    checked_look_at_end(&v, p, bytes, &live);
}

NOINLINE void checked_quick_let_go(void *p, size_t bytes, enum call call)
{
    struct visit v = VISIT(call, NULL);
    int saved = errno;

    checked_let_go(&v, p, bytes);
    errno = saved;
}
