// SPDX-License-Identifier: MIT
// A slab goes from nobody to an owner and back: what the last owner wrote, the next one reads.
#include "litmus.h"

enum { THREADS = 3 };

static struct desc slab;
static struct litmus_contents contents;
static uint64_t claims[THREADS];

static void claim_and_release(unsigned self)
{
    struct thread_cache *const caches[THREADS] = {&cache_a, &cache_b, &cache_c};

    while (litmus_goes_on()) {
        for (int i = 0; i < 100; i++) {
            if (!slab_claim(&slab, caches[self]))
                continue;
            litmus_write(&contents, litmus_read(&contents) + 1);
            claims[self]++;
            slab_release_full(&slab);
        }
    }
}

int main(void)
{
    atomic_store(&slab.owner, nobody());
    litmus_run(THREADS, claim_and_release);
    require(claims[0] + claims[1] + claims[2] > 0);
    require_equal(contents.words[0], claims[0] + claims[1] + claims[2]);
    return 0;
}
