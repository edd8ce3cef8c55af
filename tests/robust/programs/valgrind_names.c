// SPDX-License-Identifier: MIT
// Blocks that pass between calls a tool intercepts by name and calls that it leaves alone.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
    void (*free_sized)(void *, size_t) =
        (void (*)(void *, size_t))dlsym(RTLD_DEFAULT, "free_sized");
    void (*free_aligned_sized)(void *, size_t, size_t) =
        (void (*)(void *, size_t, size_t))dlsym(RTLD_DEFAULT, "free_aligned_sized");
    char *p = reallocarray(NULL, 10, 10);
    char *q = malloc(50);

    if (p == NULL || q == NULL)
        return 1;
    memset(p, 1, 100);
    p = realloc(p, 200);
    memset(q, 2, 50);
    q = reallocarray(q, 20, 10);
    if (p == NULL || q == NULL || p[99] != 1 || q[49] != 2)
        return 1;
    free(p);
    free(q);
    if (free_sized != NULL)
        free_sized(malloc(30), 30);
    if (free_aligned_sized != NULL)
        free_aligned_sized(aligned_alloc(64, 128), 64, 128);
    puts("right");
    return 0;
}
