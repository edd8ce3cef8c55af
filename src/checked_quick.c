// SPDX-License-Identifier: MIT
#include "checked_quick.h"

#include <errno.h>

NOINLINE void checked_quick_let_go(void *p, size_t bytes, enum call call)
{
    struct visit v = VISIT(call, NULL);
    int saved = errno;

    checked_let_go(&v, p, bytes);
    errno = saved;
}
