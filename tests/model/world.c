// SPDX-License-Identifier: MIT
#include "world.h"

#include "fiber.h"
#include "state.h"

#include "alloc.h"
#include "os/os.h"
#include "tls/thread.h"
#include "vm/meta.h"
#include "vm/pages.h"
#include "vm/vm.h"

#include <string.h>
#include <sys/mman.h>

struct world *world;

_Atomic(char *) directory[DIRECTORY_SLOTS];

static void (*exit_hook)(void *);

// The units fit into a page, so that they are in one slot.
void world_init(void)
{
    size_t size = (size_t)UNITS << UNIT_SHIFT, unit;
    char *memory = mmap(NULL, size + sizeof(struct world), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        search_fail("no memory for the world");
    world = (struct world *)(memory + size);
    world->units = memory;
    unit = (uintptr_t)world->units >> UNIT_SHIFT & (UNITS_PER_SLOT - 1);
    directory[(uintptr_t)world->units >> SLOT_SHIFT] =
        (char *)((uintptr_t)world->descs - (unit << DESC_SHIFT));
    for (size_t i = 0; i < UNITS; i++) {
        world->unit_free[i] = true;
        world->listed_bin[i] = -1;
    }
    state_init(directory, sizeof(directory));
    state_add_range(world, sizeof(*world));
    state_add_range(world->units, size);
    fiber_init();
    thread_init();
}

size_t world_unit(const void *p)
{
    size_t unit = (size_t)((const char *)p - world->units) >> UNIT_SHIFT;

    if (unit >= UNITS)
        search_fail("%p is no block", p);
    return unit;
}

char *pages_take(size_t size, size_t alignment, bool *zero)
{
    size_t units = size >> UNIT_SHIFT, run = 0;

    search_settle(); // the real one takes a lock
    (void)alignment;
    *zero = false;
    for (size_t i = 0; i < UNITS; i++) {
        run = world->unit_free[i] ? run + 1 : 0;
        if (run == units) {
            memset(&world->unit_free[i + 1 - units], 0, units);
            return world->units + ((i + 1 - units) << UNIT_SHIFT);
        }
    }
    search_fail("the units are used up");
}

void pages_give(char *start, size_t size, bool clean)
{
    (void)clean;
    search_settle();
    for (size_t i = world_unit(start); size > 0; i++, size -= UNIT) {
        if (world->unit_free[i])
            search_fail("unit %zu is given back twice", i);
        if (desc_kind(&world->descs[i]) == KIND_SLAB)
            search_fail("unit %zu is given back as a slab", i);
        world->unit_free[i] = true;
    }
}

size_t vm_page_size(void)
{
    return UNIT;
}

void *meta_take(size_t size)
{
    if (world->caches_used == EXTRA_CACHES || size != sizeof(struct thread_cache))
        search_fail("no memory for %zu bytes of records", size);
    return &world->caches[world->caches_used++];
}

static void *const lock_names[] = {"A", "B", "C", "the search"};

void lock_take(enum lock_rank rank)
{
    search_wait(&world->lock_holder[rank], "take");
    for (int other = (int)rank; other < LOCK_COUNT; other++)
        if (world->lock_holder[other] == lock_names[fiber_self()])
            search_fail("lock %d is taken while holding %d", (int)rank, other);
    world->lock_holder[rank] = lock_names[fiber_self()];
}

void lock_give(enum lock_rank rank)
{
    if (world->lock_holder[rank] != lock_names[fiber_self()])
        search_fail("lock %d is given by another thread", (int)rank);
    search_settle();
    world->lock_holder[rank] = NULL;
}

void lock_take_all(void)
{
    for (int rank = 0; rank < LOCK_COUNT; rank++)
        lock_take((enum lock_rank)rank);
}

void lock_give_all(void)
{
    for (int rank = LOCK_COUNT; rank-- > 0;)
        lock_give((enum lock_rank)rank);
}

bool lock_held(enum lock_rank rank)
{
    return world->lock_holder[rank] == lock_names[fiber_self()];
}

bool os_thread_exit_hook(void (*fn)(void *))
{
    exit_hook = fn;
    return true;
}

bool os_thread_exit_arm(void *value)
{
    world->armed[fiber_self()] = value;
    return true;
}

// What the application has written into a block stays there while it holds it.
struct contents {
    void *mine;
    uint64_t name;
};

void app_take(int i, size_t size)
{
    struct contents *p = alloc_block(size);

    if (p == NULL)
        search_fail("no memory for a block");
    world_unit(p);
    for (int other = 0; other < HELD; other++)
        if (world->held[other] == p)
            search_fail("block %d is handed out while it is in use as block %d", i, other);
    if (world->held[i] != NULL)
        search_fail("block %d is taken twice by the scenario", i);
    world->held[i] = p;
    *p = (struct contents){p, 0xb10c};
}

void app_free(int i)
{
    struct contents *p = world->held[i];

    if (p == NULL)
        search_fail("block %d is freed twice by the scenario", i);
    if (p->mine != p || p->name != 0xb10c)
        search_fail("block %d was written to while it was in use", i);
    world->held[i] = NULL;
    free_block(p);
}

void app_take_all(int first, int last, size_t size)
{
    for (int i = first; i <= last; i++)
        app_take(i, size);
}

void app_free_all(int first, int last)
{
    for (int i = first; i <= last; i++)
        app_free(i);
}

void app_enter(void)
{
    thread_leave(thread_enter());
}

void app_exit(void)
{
    void *value = world->armed[fiber_self()];

    world->armed[fiber_self()] = NULL;
    if (value != NULL)
        exit_hook(value);
}

void app_fork(void)
{
    thread_fork_prepare();
    search_fork();
    world->forked = true;
    thread_fork_child();
}
