// SPDX-License-Identifier: MIT
// A write or read goes beyond one of three blocks that were asked for in a row.
#include "bug.h"

enum { FAR = 32, COPIED_BEYOND = 64 };

static size_t block_size;

static void run(size_t size, void (*step)(char *block))
{
    char *before = bug_allocate(size);
    char *block = bug_allocate(size);
    char *after = bug_allocate(size);

    block_size = size;
    bug_commit(step, block);
    bug_free(block);
    bug_free(before);
    bug_free(after);
}

// The byte changes, whatever it is: one that is set could be by chance what it was.
static void write_over_1(char *block)
{
    block[block_size]++;
}

static void over_1(size_t size)
{
    run(size, write_over_1);
}

// The end of a string without room for it; an allocator rounds such a size up.
static void write_zero(char *block)
{
    block[block_size] = '\0';
}

static void over_1_odd(size_t size)
{
    run(size - 3, write_zero);
}

static void write_over_32(char *block)
{
    memset(block + block_size, 'X', FAR);
}

static void over_32(size_t size)
{
    run(size, write_over_32);
}

static void copy_over(char *block)
{
    static char source[BUG_HUGE + COPIED_BEYOND];

    memcpy(block, source, block_size + COPIED_BEYOND);
}

static void over_memcpy(size_t size)
{
    run(size, copy_over);
}

static void write_under_1(char *block)
{
    block[-1]++;
}

static void under_1(size_t size)
{
    run(size, write_under_1);
}

static void write_under_32(char *block)
{
    memset(block - FAR, 'X', FAR);
}

static void under_32(size_t size)
{
    run(size, write_under_32);
}

static void copy_under(char *block)
{
    static const char source[COPIED_BEYOND + 8];

    memcpy(block - COPIED_BEYOND, source, sizeof(source));
}

static void under_memcpy(size_t size)
{
    run(size, copy_under);
}

static void read_over(char *block)
{
    char copy[COPIED_BEYOND];

    memcpy(copy, block + block_size, sizeof(copy));
}

static void over_read(size_t size)
{
    run(size, read_over);
}

static const struct bug_variant variants[] = {
    { "over_1", over_1 },
    { "over_1_odd", over_1_odd },
    { "over_32", over_32 },
    { "over_memcpy", over_memcpy },
    { "under_1", under_1 },
    { "under_32", under_32 },
    { "under_memcpy", under_memcpy },
    { "over_read", over_read },
    { NULL, NULL },
};

int main(int argc, char **argv)
{
    return bug_main(argc, argv, variants);
}
