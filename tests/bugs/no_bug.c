// SPDX-License-Identifier: MIT
// Programs without a bug: no mode may say a word, whatever they keep until they end, and though
// they use their blocks to the last byte.
#include "bug.h"

static size_t block_size;
static char *volatile kept;

static void allocate(char *unused)
{
    (void)unused;
    kept = bug_allocate(block_size);
}

static void kept_to_the_end(size_t size)
{
    block_size = size;
    bug_commit(allocate, NULL);
}

static void use_well(char *block)
{
    memset(block, 'X', block_size);
    block = realloc(block, block_size + 1);
    block[block_size] = 'X';
    block = realloc(block, block_size / 2);
    block[block_size / 2 - 1] = 'X';
    kept = block;
}

static void used_well(size_t size)
{
    char *aligned = aligned_alloc(64, size / 64 * 64 + 64);

    block_size = size;
    bug_commit(use_well, bug_allocate(size));
    memset(aligned, 'X', size / 64 * 64 + 64);
    bug_free(aligned);
    bug_free(kept);
}

static const struct bug_variant variants[] = {
    { "kept_to_the_end", kept_to_the_end },
    { "used_well", used_well },
    { NULL, NULL },
};

int main(int argc, char **argv)
{
    return bug_main(argc, argv, variants);
}
