// SPDX-License-Identifier: MIT
// dlopen without RTLD_DEEPBIND. What is opened with it has the C library's malloc and free, though
// ours are in front for all others, and that free ends the process when it is given a block of
// ours, as one that strdup returned. PHP opens its extensions so.
//
// The C library looks where it was called from, as each library has search paths of its own. So its
// dlopen must be the last that happens here, which makes the call a jump. Only where none follows,
// as when an older glibc has it in a library that is not loaded, does it fail without saying why.
#include "init.h"

#include "base/option.h"
#include "os/compiler.h"
#include "os/os.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

static void *next_dlopen(void)
{
    static _Atomic(void *) known;
    void *next = atomic_load_explicit(&known, memory_order_acquire);

    if (next == NULL) {
        next = os_next_symbol("dlopen");
        atomic_store_explicit(&known, next, memory_order_release);
    }
    return next;
}

EXPORT void *dlopen(const char *file, int flags)
{
    void *(*next)(const char *, int) = (void *(*)(const char *, int))(uintptr_t)next_dlopen();

    init_ensure();
    if (next == NULL)
        return NULL;
    return next(file, options.deepbind == DEEPBIND_IGNORE ? flags & ~RTLD_DEEPBIND : flags);
}
