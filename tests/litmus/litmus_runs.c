// SPDX-License-Identifier: MIT
// Runs that a thread keeps, the latest and the others, are taken from it by another one.
#include "litmus.h"

#include "large/run.h"

enum { SIZE = 40000, KEPT = 3 };

static struct run_cache *const cache = &cache_a.runs;
static uint64_t taken;

static void take_and_keep(void)
{
    struct litmus_contents *run[KEPT];
    bool zero;

    for (int i = 0; i < KEPT; i++) {
        struct desc *latest = run_take_latest(cache, SIZE);

        run[i] = latest != NULL ? (void *)latest->base : run_alloc(cache, SIZE, GRANULE, &zero);
        require(run[i] != NULL);
        litmus_read(run[i]);
        litmus_write(run[i], taken++);
    }
    for (int i = 0; i < KEPT; i++)
        if (!run_keep_latest(cache, desc_at(run[i]), run[i]))
            require(run_free(cache, desc_at(run[i]), run[i]));
}

static void keep_and_take(unsigned self)
{
    while (litmus_goes_on()) {
        for (int i = 0; i < 50; i++) {
            if (self == 0)
                take_and_keep();
            else
                run_cache_release(cache);
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
