// SPDX-License-Identifier: MIT
// Blocks that come from the C library's own malloc, as a library's that was bound to it: the
// preloaded calls hand them on. Prints "right".
#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const char *what)
{
    fprintf(stderr, "libc_block: %s\n", what);
    return 1;
}

int main(void)
{
    void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
    void *(*libc_malloc)(size_t size) = NULL;
    size_t (*libc_usable_size)(void *p) = NULL;

    if (libc == NULL)
        return fail("there is no C library to ask");
    *(void **)&libc_malloc = dlsym(libc, "malloc");
    *(void **)&libc_usable_size = dlsym(libc, "malloc_usable_size");
    if (libc_malloc == NULL || libc_malloc == malloc)
        return fail("the C library's malloc is not told apart");
    if (dlsym(RTLD_DEFAULT, "ikyo_version") == NULL)
        return fail("the library is not loaded");
    for (size_t size = 1; size < 10000000; size *= 7) {
        char *p = libc_malloc(size);

        memset(p, 7, size);
        if (malloc_usable_size(p) != libc_usable_size(p))
            return fail("the usable size is another one");
        p = realloc(p, size * 2);
        if (p == NULL || p[size - 1] != 7)
            return fail("realloc lost the contents");
        free(p);
    }
    return puts("right") < 0;
}
