// SPDX-License-Identifier: MIT
#include "checked_quick.h"

#include "base/report.h"

#include <errno.h>

COLD void checked_quick_cut(struct thread_cache *t, unsigned bin, const void *p, enum call call)
{
    t->head[bin] = NULL;
    report_corrupted_list(call_table[call].name, p);
}

NOINLINE void checked_quick_let_go(void *p, size_t bytes, enum call call)
{
    struct visit v = VISIT(call, NULL);
    int saved = errno;

    checked_let_go(&v, p, bytes);
    errno = saved;
}
