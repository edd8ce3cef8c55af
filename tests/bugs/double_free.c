// SPDX-License-Identifier: MIT
// A block that was freed is freed again, or resized.
#include "bug.h"

static void at_once(size_t size)
{
    char *block = bug_allocate(size);

    free(block);
    bug_commit(bug_free_step, block);
}

// The last freed block is another one: what the C library looks at is not enough.
static void interleaved(size_t size)
{
    char *block = bug_allocate(size);
    char *other = bug_allocate(size);

    free(block);
    free(other);
    bug_commit(bug_free_step, block);
}

static void delayed(size_t size)
{
    char *block = bug_allocate(size);

    free(block);
    bug_delay(size);
    bug_commit(bug_free_step, block);
}

// If the block was handed out again, its new owner loses it without a word and frees it too.
static void reused(size_t size)
{
    char *block = bug_allocate(size);
    char *owned[BUG_SOON];

    free(block);
    size_t count = bug_soon(owned, size);

    bug_commit(bug_free_step, block);
    bug_announce("free");
    for (size_t i = 0; i < count; i++)
        free(owned[i]);
}

static void resize(char *block)
{
    free(realloc(block, 600));
}

static void resized(size_t size)
{
    char *block = bug_allocate(size);

    free(block);
    bug_commit(resize, block);
}

static const struct bug_variant variants[] = {
    { "at_once", at_once },
    { "interleaved", interleaved },
    { "delayed", delayed },
    { "reused", reused },
    { "resized", resized },
    { NULL, NULL },
};

int main(int argc, char **argv)
{
    return bug_main(argc, argv, variants);
}
