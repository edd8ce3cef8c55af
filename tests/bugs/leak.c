// SPDX-License-Identifier: MIT
// A block that is never freed and that nothing points to any more.
#include "bug.h"

static size_t block_size;
static char *volatile kept;

static void allocate(char *unused)
{
    (void)unused;
    kept = bug_allocate(block_size);
}

// The address may still stand in stack that was in use.
static void wipe(char *unused)
{
    volatile char stack[16 * 1024];

    (void)unused;
    for (size_t i = 0; i < sizeof(stack); i++)
        stack[i] = 0;
}

static void lost(size_t size)
{
    block_size = size;
    bug_commit(allocate, NULL);
    bug_perform(wipe, NULL);
    wipe(NULL);
    kept = NULL;
}

static const struct bug_variant variants[] = {
    { "lost", lost },
    { NULL, NULL },
};

int main(int argc, char **argv)
{
    return bug_main(argc, argv, variants);
}
