// SPDX-License-Identifier: MIT
// Messages to an owner that leaves at the same moment: none stays in an inbox that nobody looks
// into, and what the sender wrote into the blocks is what the owner finds.
//
// Without an exit hook a thread uses the shared cache, and leaves it after each call.
#include "litmus.h"

#include "tls/thread.h"

enum { BIN = 8, BLOCKS = 3 };

static struct block *handed[BLOCKS];
static struct thread_cache *shared;
static uint64_t rounds;
static bool more = true;

// Behind what lists and messages use.
static struct litmus_contents *contents_of(struct block *b)
{
    return (struct litmus_contents *)((char *)b + BLOCK_ALIGNMENT);
}

// The owner of the slab, until it leaves.
static void allocate_and_leave(void)
{
    struct thread_cache *t = thread_enter();

    shared = t;
    for (int i = 0; i < BLOCKS; i++) {
        handed[i] = core_take(t, BIN);
        require(handed[i] != NULL);
        litmus_read(contents_of(handed[i]));
    }
    litmus_meet(0);
    for (uint64_t i = rounds % 64; i > 0; i--)
        os_cpu_relax();
    thread_leave(t);
}

static void send(void)
{
    litmus_meet(1);
    for (int i = 0; i < BLOCKS; i++) {
        litmus_write(contents_of(handed[i]), rounds + (uint64_t)i);
        remote_free(&cache_b, core_slab_of(handed[i]), handed[i]);
    }
    remote_flush(&cache_b);
    magazine_release_all(&cache_b);
}

static void one_side(unsigned self)
{
    while (more) {
        if (self == 0)
            allocate_and_leave();
        else
            send();
        litmus_meet(self);
        if (self == 0) {
            require(atomic_load(&shared->inbox) == NULL);
            rounds++;
            more = litmus_goes_on();
        }
        litmus_meet(self);
    }
}

int main(void)
{
    core_start_caches();
    litmus_run(2, one_side);
    require(rounds > 0);
    return 0;
}
