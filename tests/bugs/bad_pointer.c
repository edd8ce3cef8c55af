// SPDX-License-Identifier: MIT
// A pointer is freed that malloc never returned.
#include "bug.h"

#include <sys/mman.h>

static void on_stack(size_t size)
{
    _Alignas(16) char block[256] = { 0 };

    (void)size;
    bug_commit(bug_free_step, block + 64);
}

static void in_static(size_t size)
{
    static _Alignas(16) char block[256];

    (void)size;
    bug_commit(bug_free_step, block + 64);
}

static void unmapped(size_t size)
{
    char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)size;
    munmap(page, 4096);
    bug_commit(bug_free_step, page + 64);
}

static void at_distance(size_t size, size_t distance)
{
    char *block = bug_allocate(size);

    bug_commit(bug_free_step, block + distance);
    bug_free(block);
}

static void in_middle(size_t size)
{
    at_distance(size, size / 2 / 16 * 16);
}

static void misaligned(size_t size)
{
    at_distance(size, 1);
}

static void far_away(size_t size)
{
    at_distance(size, (size_t)1 << 34);
}

static const struct bug_variant variants[] = {
    { "on_stack", on_stack },
    { "in_static", in_static },
    { "unmapped", unmapped },
    { "in_middle", in_middle },
    { "misaligned", misaligned },
    { "far_away", far_away },
    { NULL, NULL },
};

int main(int argc, char **argv)
{
    return bug_main(argc, argv, variants);
}
