// SPDX-License-Identifier: MIT
// C++ operators on macOS: the four that all others end in. The forms for arrays, without
// exceptions and with sizes are those of the C++ library, which call these, or what the program
// puts in their place. The definitions are weak as everyone's are, so that the first in load
// order serves all.
//
// Where there is no memory the C++ library's own operator goes on: it asks malloc once more,
// then the program's handler, and throws.
#include "alloc.h"
#include "checked.h"

#include "base/limits.h"
#include "base/report.h"
#include "os/compiler.h"

#include <dlfcn.h>
#include <stddef.h>

#define OPERATOR EXPORT __attribute__((weak))

// The names of the object file have one more underscore than those of dlsym.
OPERATOR void *operator_new(size_t size) __asm__("__Znwm");
OPERATOR void *operator_new_aligned(size_t size, size_t alignment) __asm__("__ZnwmSt11align_val_t");
OPERATOR void operator_delete(void *p) __asm__("__ZdlPv");
OPERATOR void operator_delete_aligned(void *p, size_t alignment) __asm__("__ZdlPvSt11align_val_t");

static COLD void *library_operator(const char *name, size_t size)
{
    void *library = dlopen("/usr/lib/libc++abi.dylib", RTLD_LAZY | RTLD_NOLOAD);
    void *found = dlsym(library != NULL ? library : RTLD_NEXT, name);

    if (found == NULL)
        report_cannot_throw(size);
    return found;
}

static COLD void *new_or_throw(size_t size)
{
    void *(*next)(size_t) = (void *(*)(size_t))library_operator("_Znwm", size);

    return next(size);
}

static COLD void *new_aligned_or_throw(size_t size, size_t alignment)
{
    void *(*next)(size_t, size_t) =
        (void *(*)(size_t, size_t))library_operator("_ZnwmSt11align_val_t", size);

    return next(size, alignment);
}

OPERATOR void *operator_new(size_t size)
{
    void *p = alloc_block_for(size, CALL_NEW);

    return likely(p != NULL) ? p : new_or_throw(size);
}

OPERATOR void *operator_new_aligned(size_t size, size_t alignment)
{
    void *p = alignment <= BLOCK_ALIGNMENT ? alloc_block_for(size, CALL_NEW)
                                           : alloc_aligned(alignment, size, CALL_NEW);

    return likely(p != NULL) ? p : new_aligned_or_throw(size, alignment);
}

OPERATOR void operator_delete(void *p)
{
    free_block_for(p, CALL_DELETE);
}

OPERATOR void operator_delete_aligned(void *p, size_t alignment)
{
    if (unlikely(checked_mode()))
        checked_free_told(p, 0, alignment, CALL_DELETE);
    else
        free_block_for(p, CALL_DELETE);
}
