// SPDX-License-Identifier: MIT
// What an attacker, or the reader of memory that was never written, meets in a block: an address
// that was in use a moment ago, the data of its last owner, or a place to run code from.
#include "bug.h"

static void same_address(size_t size)
{
    char *block = bug_allocate(size);
    uintptr_t address = (uintptr_t)block;

    bug_announce("bug");
    free(block);
    block = bug_allocate(size);
    if ((uintptr_t)block != address)
        bug_announce("prevented");
    free(block);
}

static void stale_data(size_t size)
{
    char *owned[BUG_SOON];
    bool found = false;

    free(bug_allocate(size));
    bug_announce("bug");
    size_t count = bug_soon(owned, size);
    for (size_t i = 0; i < count; i++)
        found = found || memmem(owned[i], size, "AAAAAAAA", 8) != NULL;
    if (!found)
        bug_announce("prevented");
    for (size_t i = 0; i < count; i++)
        free(owned[i]);
}

static void read_unwritten(char *block)
{
    const char *bytes = block + 32;
    bool same = true;

    for (size_t i = 0; i < 16; i++)
        same = same && bytes[i] == bytes[0];
    if (same && bytes[0] != 'A' && bytes[0] != 0)
        bug_announce("poison");
}

static void unwritten(size_t size)
{
    char *block = malloc(size);

    bug_commit(read_unwritten, block);
    bug_free(block);
}

static void unwritten_used_before(size_t size)
{
    free(bug_allocate(size));
    unwritten(size);
}

static void do_nothing(void)
{
}

static void run_code(char *block)
{
    ((void (*)(void))block)();
}

static void executed(size_t size)
{
    char *block = bug_allocate(size);

    memcpy(block, (void *)do_nothing, 32);
    bug_commit(run_code, block);
    bug_free(block);
}

static const struct bug_variant variants[] = {
    { "same_address", same_address },
    { "stale_data", stale_data },
    { "unwritten", unwritten },
    { "unwritten_used_before", unwritten_used_before },
    { "executed", executed },
    { NULL, NULL },
};

int main(int argc, char **argv)
{
    return bug_main(argc, argv, variants);
}
