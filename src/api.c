// SPDX-License-Identifier: MIT
// The ikyo_* calls of ikyoalloc.h: public names for what others implement.
#include "ikyoalloc/ikyoalloc.h"

#include "alloc.h"

#include "base/option.h"
#include "os/compiler.h"

#define TEXT_OF(x) #x
#define VERSION_TEXT(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

EXPORT const char *ikyo_version(void)
{
    return VERSION_TEXT(IKYO_VERSION_MAJOR, IKYO_VERSION_MINOR, IKYO_VERSION_PATCH);
}

EXPORT bool ikyo_option_set(const char *name, const char *value)
{
    return name != NULL && value != NULL && option_set(name, value);
}

EXPORT void ikyo_set_pressure_handler(void (*handler)(int level, void *context), void *context)
{
    alloc_set_pressure_handler(handler, context);
}

EXPORT void ikyo_flush_thread(void)
{
    alloc_flush_thread();
}

EXPORT void ikyo_flush_all(void)
{
    alloc_flush_all();
}
