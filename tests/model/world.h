// SPDX-License-Identifier: MIT
// What lies below the modelled sources, as small as it can be: a dozen units, their
// descriptors, locks that the search knows, reports that end the run; and above
// them the application, which notes the blocks it holds.
#ifndef MODEL_WORLD_H
#define MODEL_WORLD_H

#include "search.h"

#include "base/lock.h"
#include "tls/thread_cache.h"

#include <stdbool.h>
#include <stddef.h>

enum { UNITS = 12, HELD = 24, EXTRA_CACHES = 2 };

struct world {
    struct desc descs[UNITS];
    bool unit_free[UNITS];
    int listed_bin[UNITS]; // bin of the slab when it was listed, -1: it is not
    void *held[HELD];      // blocks of the application
    void *lock_holder[LOCK_COUNT];
    void *armed[FIBERS]; // values of the hook at thread exit
    struct thread_cache caches[EXTRA_CACHES];
    unsigned caches_used;
    bool forked;
    char *units; // UNITS of them
};

extern struct world *world;

void world_init(void);

// Index of the unit that holds p.
size_t world_unit(const void *p);

// The application takes a block and calls it i; frees the block it calls i.
void app_take(int i, size_t size);
void app_free(int i);
// Takes blocks first to last, one after the other.
void app_take_all(int first, int last, size_t size);
void app_free_all(int first, int last);
// The thread gets its cache; ends.
void app_enter(void);
void app_exit(void);
// The calling thread goes on in the child of a fork.
void app_fork(void);

#endif
