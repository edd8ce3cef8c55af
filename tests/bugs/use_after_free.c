// SPDX-License-Identifier: MIT
// A block is read or written after it was freed: straight away, after other work, and after its
// memory was asked for again.
#include "bug.h"

enum { LOOKED_AT = 16 };

static size_t block_size;

// Data are `A` of the owner that was and `B` of the one that is; zero may be data as well.
static void read_from(char *block)
{
    const char *bytes = block + block_size / 2;
    bool same = true;

    for (size_t i = 0; i < LOOKED_AT; i++)
        same = same && bytes[i] == bytes[0];
    if (same && bytes[0] != 'A' && bytes[0] != 'B' && bytes[0] != 0)
        bug_announce("poison");
}

static void write_all(char *block)
{
    memset(block, 'X', block_size);
}

static void write_byte(char *block)
{
    block[block_size / 2] = 'X';
}

static void use(size_t size, void (*step)(char *block), bool delayed)
{
    char *block = bug_allocate(size);

    block_size = size;
    free(block);
    if (delayed)
        bug_delay(size);
    bug_commit(step, block);
}

static void use_reused(size_t size, void (*step)(char *block), bool delayed)
{
    char *block = bug_allocate(size);
    char *owned[BUG_SOON];

    block_size = size;
    free(block);
    if (delayed)
        bug_delay(size);
    size_t count = bug_soon(owned, size);

    for (size_t i = 0; i < count; i++)
        memset(owned[i], 'B', size);
    bug_commit(step, block);
    bug_announce("free");
    for (size_t i = 0; i < count; i++)
        free(owned[i]);
}

static void read_at_once(size_t size)
{
    use(size, read_from, false);
}

static void read_delayed(size_t size)
{
    use(size, read_from, true);
}

static void read_reused(size_t size)
{
    use_reused(size, read_from, false);
}

static void write_at_once(size_t size)
{
    use(size, write_all, false);
}

static void write_one_byte(size_t size)
{
    use(size, write_byte, false);
}

static void write_delayed(size_t size)
{
    use(size, write_byte, true);
}

static void write_reused(size_t size)
{
    use_reused(size, write_byte, false);
}

static void write_reused_late(size_t size)
{
    use_reused(size, write_byte, true);
}

static const struct bug_variant variants[] = {
    { "read_at_once", read_at_once },
    { "read_delayed", read_delayed },
    { "read_reused", read_reused },
    { "write_at_once", write_at_once },
    { "write_one_byte", write_one_byte },
    { "write_delayed", write_delayed },
    { "write_reused", write_reused },
    { "write_reused_late", write_reused_late },
    { NULL, NULL },
};

int main(int argc, char **argv)
{
    return bug_main(argc, argv, variants);
}
