// SPDX-License-Identifier: MIT
// The inside of a pool, which a thread pool has too.
//
// A piece is one block: the objects, then its record, so that objects are as aligned as the
// block is. The inline calls see the fresh objects a page at a time, so that a thread pool looks
// for those that others gave back before it uses more. What was not handed out is not touched.
//
//   | object 0 | object 1 | ... | object count - 1 | struct piece |
//       in use, or on a list ...| head.fresh ...| fresh ...
#ifndef ENGINE_POOL_H
#define ENGINE_POOL_H

#include "ikyoalloc/pool.h"

#include <stdint.h>

struct piece {
    struct piece *next; // the one before
    char *start;        // of the block
    size_t count;       // objects
    uint64_t taken[];   // of a checked pool: a bit for each object that the program holds
};

// What is fixed comes last: the threads that give back to a thread pool read it while its
// owner writes the rest.
struct pool {
    struct ikyo_pool head;           // what the public calls see; must be first
    struct ikyo_pool hidden;         // of a checked pool: what is ready, in place of the head
    struct piece *pieces;            // newest first
    char *fresh;                     // of the newest piece: what follows the head's fresh objects
    size_t fresh_count;
    size_t next_count;          // objects of the next piece, 0 if there is none
    struct ikyo_allocator from; // fixed
    size_t object_size;         // fixed
    size_t alignment;           // fixed
};

// An empty pool; with a capacity, also its piece. False: as ikyo_pool_create returns NULL.
bool pool_init(struct pool *pool, size_t object_size, size_t alignment, size_t capacity,
               const struct ikyo_allocator *from);

// Gives the pieces back.
void pool_end(struct pool *pool);

// What the allocators of both kinds make an object; larger sizes are blocks of `from`.
static inline bool pool_serves(const struct pool *pool, size_t size)
{
    return size <= pool->object_size;
}

static inline bool pool_aligns(const struct pool *pool, size_t alignment)
{
    return alignment != 0 && (alignment & (alignment - 1)) == 0 && alignment <= pool->alignment;
}

#endif
