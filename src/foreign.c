// SPDX-License-Identifier: MIT
#include "foreign.h"

#include "base/option.h"
#include "base/report.h"
#include "init.h"
#include "os/os.h"

#include <stdatomic.h>
#include <stdint.h>

// The next definition of a call, looked up when it is first needed. NULL: there is
// none, or it must not be used; then it was reported, if it should be.
static void *next_definition(_Atomic(void *) *known, const char *call, const void *p)
{
    void *next = NULL;

    init_ensure();
    if (options.foreign_free == FOREIGN_FREE_FORWARD) {
        next = atomic_load_explicit(known, memory_order_acquire);
        if (next == NULL) {
            next = os_next_symbol(call);
            atomic_store_explicit(known, next, memory_order_release);
        }
    }
    if (next == NULL && options.foreign_free != FOREIGN_FREE_IGNORE)
        report_foreign_pointer(call, p);
    return next;
}

void foreign_free(void *p)
{
    static _Atomic(void *) known;
    void (*next)(void *) = (void (*)(void *))(uintptr_t)next_definition(&known, "free", p);

    if (next != NULL)
        next(p);
}

void *foreign_resize(void *p, size_t size)
{
    static _Atomic(void *) known;
    void *(*next)(void *, size_t) =
        (void *(*)(void *, size_t))(uintptr_t)next_definition(&known, "realloc", p);

    return next != NULL ? next(p, size) : NULL;
}

size_t foreign_usable_size(const void *p)
{
    static _Atomic(void *) known;
    size_t (*next)(void *) =
        (size_t(*)(void *))(uintptr_t)next_definition(&known, "malloc_usable_size", p);

    return next != NULL ? next((void *)(uintptr_t)p) : 0;
}
