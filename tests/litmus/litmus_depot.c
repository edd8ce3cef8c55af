// SPDX-License-Identifier: MIT
// One slab, that one thread pops from its depot while the other, which saw that it is nobody's, lets
// go of it: it stays in the depot or with one of them, and its contents go with it.
#include "litmus.h"

#include "tls/slab_source.h"

enum { BIN = 3 };

static struct desc *slab;
static struct litmus_contents contents;
static uint64_t turns[2];

static void take_turn(struct thread_cache *t, unsigned self)
{
    litmus_write(&contents, litmus_read(&contents) + 1);
    turns[self]++;
    slab_release(slab, t);
}

static void pop_or_claim(unsigned self)
{
    if (self == 0)
        while (litmus_goes_on())
            for (int i = 0; i < 100; i++)
                if (depot_pop(BIN, &cache_a) == slab)
                    take_turn(&cache_a, self);
    if (self == 1)
        while (litmus_goes_on())
            for (int i = 0; i < 100; i++)
                if (slab_claim(slab, &cache_b))
                    take_turn(&cache_b, self);
}

int main(void)
{
    core_start_caches();
    slab = slab_source_take(&cache_c, BIN, false);
    slab_release(slab, &cache_c);
    litmus_run(2, pop_or_claim);
    require_equal(contents.words[0], turns[0] + turns[1]);
    require(core_owner(slab) == nobody());
    require(depot_pop(BIN, &cache_c) == slab);
    return 0;
}
