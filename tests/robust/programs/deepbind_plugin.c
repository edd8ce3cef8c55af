// SPDX-License-Identifier: MIT
// A plug-in for RTLD_DEEPBIND: the calls in here prefer what this library itself depends on, so
// malloc is the C library's whatever the program uses.
#include <stdlib.h>
#include <string.h>

void *plugin_malloc(size_t size)
{
    return malloc(size);
}

void plugin_free(void *p)
{
    free(p);
}

// A block that the C library itself allocates on the plug-in's behalf.
char *plugin_strdup(const char *text)
{
    return strdup(text);
}
