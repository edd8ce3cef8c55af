// SPDX-License-Identifier: MIT
// Sizes and alignments that cannot be, as after an overflow in the program: all must be refused.
#include "bug.h"

static void judge(void *block)
{
    if (block == NULL)
        bug_announce("prevented");
    else
        free(block);
}

static void of_malloc(size_t size)
{
    (void)size;
    bug_announce("bug");
    judge(malloc(SIZE_MAX - 8));
}

static void of_malloc_half(size_t size)
{
    (void)size;
    bug_announce("bug");
    judge(malloc((size_t)PTRDIFF_MAX + 1));
}

static void of_calloc(size_t size)
{
    bug_announce("bug");
    judge(calloc(SIZE_MAX / size + 2, size));
}

static void of_realloc(size_t size)
{
    char *block = bug_allocate(size);

    bug_announce("bug");
    if (realloc(block, (size_t)-(ptrdiff_t)size) == NULL && block[size - 1] == 'A')
        bug_announce("prevented");
    bug_free(block);
}

static void of_reallocarray(size_t size)
{
    char *block = bug_allocate(size);

    bug_announce("bug");
    if (reallocarray(block, SIZE_MAX / size + 2, size) == NULL && block[size - 1] == 'A')
        bug_announce("prevented");
    bug_free(block);
}

static void of_aligned_alloc(size_t size)
{
    (void)size;
    bug_announce("bug");
    judge(aligned_alloc(4096, SIZE_MAX - 4095));
}

static void of_alignment(size_t size)
{
    void *block = NULL;

    bug_announce("bug");
    if (posix_memalign(&block, 24, size) != 0)
        bug_announce("prevented");
}

static const struct bug_variant variants[] = {
    { "of_malloc", of_malloc },
    { "of_malloc_half", of_malloc_half },
    { "of_calloc", of_calloc },
    { "of_realloc", of_realloc },
    { "of_reallocarray", of_reallocarray },
    { "of_aligned_alloc", of_aligned_alloc },
    { "of_alignment", of_alignment },
    { NULL, NULL },
};

int main(int argc, char **argv)
{
    return bug_main(argc, argv, variants);
}
