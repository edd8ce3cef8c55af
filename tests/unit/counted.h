// SPDX-License-Identifier: MIT
// An allocator to stand behind what is tested: it knows every block that it handed out, fills
// new ones with rubbish, insists on true sizes, and refuses when it is told to. One thread.
#ifndef TESTS_UNIT_COUNTED_H
#define TESTS_UNIT_COUNTED_H

#include "ikyoalloc/allocator.h"

#include "core.h"

enum { COUNTED_MOST = 1000 };

struct counted {
    void *block[COUNTED_MOST];
    size_t size[COUNTED_MOST];
    size_t blocks, bytes; // handed out now
    size_t calls;         // of allocate
    size_t last;          // size of the last call
    size_t left;          // calls before all are refused
};

static inline void *counted_allocate(void *context, size_t size, size_t alignment)
{
    struct counted *c = context;
    void *p;

    require(alignment != 0 && (alignment & (alignment - 1)) == 0);
    c->calls++;
    c->last = size;
    if (c->left == 0)
        return NULL;
    c->left--;
    require(c->blocks < COUNTED_MOST);
    if (posix_memalign(&p, alignment < sizeof(p) ? sizeof(p) : alignment, size) != 0)
        return NULL;
    memset(p, 0xa5, size < 1 << 20 ? size : 1 << 20);
    c->block[c->blocks] = p;
    c->size[c->blocks] = size;
    c->blocks++;
    c->bytes += size;
    return p;
}

static inline void counted_deallocate(void *context, void *block, size_t size)
{
    struct counted *c = context;
    size_t i = 0;

    if (block == NULL)
        return;
    while (i < c->blocks && c->block[i] != block)
        i++;
    require(i < c->blocks);
    require_equal(size, c->size[i]);
    c->blocks--;
    c->bytes -= size;
    c->block[i] = c->block[c->blocks];
    c->size[i] = c->size[c->blocks];
    free(block);
}

static struct counted counted = {.left = SIZE_MAX};
static const struct ikyo_allocator counted_from = {counted_allocate, counted_deallocate, &counted};

// What every test ends with: all has been given back.
static inline void counted_require_empty(void)
{
    require_equal(counted.blocks, 0);
    require_equal(counted.bytes, 0);
}

#endif
