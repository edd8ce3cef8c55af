// SPDX-License-Identifier: MIT
// Units that a thread keeps are taken from it by another one, who gives them to all.
#include "litmus.h"

#include "tls/slab_source.h"

enum { BIN = 3 };

static uint64_t taken;

static void keep_and_take(unsigned self)
{
    while (litmus_goes_on()) {
        for (int i = 0; i < 50; i++) {
            if (self == 0) {
                struct desc *d = slab_source_take(&cache_a, BIN, true);

                litmus_write((struct litmus_contents *)d->base, taken++);
                slab_source_give(&cache_a, d);
            } else {
                slab_source_release(&cache_a);
            }
        }
    }
}

int main(void)
{
    core_start_caches();
    litmus_run(2, keep_and_take);
    require(taken > 0);
    return 0;
}
