// SPDX-License-Identifier: MIT
// Threads take from one arena whose accessible part grows under them: blocks do not overlap, and
// each can be written to.
#include "litmus.h"

#include "ikyoalloc/arena.h"

enum { THREADS = 3, BLOCKS = 64, RESERVED = 256 << 20 };

static struct ikyo_shared_arena *arena;
static uint64_t taken[THREADS];

static void take_and_write(unsigned self)
{
    struct litmus_contents *block[BLOCKS];

    while (litmus_goes_on()) {
        for (uint64_t i = 0; i < BLOCKS; i++) {
            block[i] = ikyo_shared_arena_alloc(arena, sizeof(**block), 16);
            if (block[i] == NULL)
                return;
            litmus_write(block[i], i << 8 | self);
        }
        for (uint64_t i = 0; i < BLOCKS; i++)
            require_equal(litmus_read(block[i]), i << 8 | self);
        taken[self] += BLOCKS;
    }
}

int main(void)
{
    arena = ikyo_shared_arena_create(RESERVED);
    require(arena != NULL);
    litmus_run(THREADS, take_and_write);
    require(taken[0] + taken[1] + taken[2] > 0);
    ikyo_shared_arena_destroy(arena);
    return 0;
}
