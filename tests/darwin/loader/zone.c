// SPDX-License-Identifier: MIT
// malloc as macOS has it: a list of zones, the first of which serves all calls that name none.
// The system's own zone keeps a list of its blocks, so that it knows which are its.
#include "loader.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct zone;

// As <malloc/malloc.h> has them, up to the last field of version 13.
struct introspection {
    void *enumerator;
    size_t (*good_size)(struct zone *, size_t);
    void *check, *print, *log;
    void (*force_lock)(struct zone *);
    void (*force_unlock)(struct zone *);
    void *statistics, *zone_locked;
    void *discharge[4];
    void (*reinit_lock)(struct zone *);
};

struct zone {
    void *reserved[2];
    size_t (*size)(struct zone *, const void *);
    void *(*malloc)(struct zone *, size_t);
    void *(*calloc)(struct zone *, size_t, size_t);
    void *(*valloc)(struct zone *, size_t);
    void (*free)(struct zone *, void *);
    void *(*realloc)(struct zone *, void *, size_t);
    void (*destroy)(struct zone *);
    const char *name;
    void *batch_malloc, *batch_free;
    struct introspection *introspect;
    unsigned version;
    void *(*memalign)(struct zone *, size_t, size_t);
    void *free_definite_size, *pressure_relief, *claimed_address;
    void (*try_free_default)(struct zone *, void *);
};

enum { ZONES = 8, BLOCKS = 1024, VERSION_REINIT = 9, VERSION_TRY_FREE = 13 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *blocks[BLOCKS];

static void **find(const void *p)
{
    for (int i = 0; i < BLOCKS; i++)
        if (blocks[i] == p)
            return &blocks[i];
    return NULL;
}

static void *note(void *p)
{
    void **place;

    pthread_mutex_lock(&lock);
    place = find(NULL);
    if (place == NULL)
        loader_die("the system's zone is full: too much was not interposed");
    *place = p;
    pthread_mutex_unlock(&lock);
    return p;
}

static size_t own_size(struct zone *z, const void *p)
{
    size_t size;

    (void)z;
    pthread_mutex_lock(&lock);
    size = p != NULL && find(p) != NULL ? malloc_usable_size((void *)(uintptr_t)p) : 0;
    pthread_mutex_unlock(&lock);
    return size;
}

static void *own_malloc(struct zone *z, size_t size)
{
    (void)z;
    return note(malloc(size));
}

static void *own_calloc(struct zone *z, size_t count, size_t size)
{
    (void)z;
    return note(calloc(count, size));
}

static void *own_memalign(struct zone *z, size_t alignment, size_t size)
{
    (void)z;
    return note(memalign(alignment, size));
}

static void *own_valloc(struct zone *z, size_t size)
{
    return own_memalign(z, system_page_size(), size);
}

static void own_free(struct zone *z, void *p)
{
    void **place;

    (void)z;
    pthread_mutex_lock(&lock);
    place = find(p);
    if (p != NULL && place == NULL)
        loader_die("the system's zone is to free %p, which is not its", p);
    if (p != NULL)
        *place = NULL;
    pthread_mutex_unlock(&lock);
    free(p);
}

static void *own_realloc(struct zone *z, void *p, size_t size)
{
    void *q = own_malloc(z, size);
    size_t had = own_size(z, p);

    if (p != NULL)
        memcpy(q, p, had < size ? had : size);
    own_free(z, p);
    return q;
}

static size_t own_good_size(struct zone *z, size_t size)
{
    (void)z;
    return (size + 15) & ~(size_t)15;
}

static void nothing(struct zone *z)
{
    (void)z;
}

static struct introspection own_introspection = {
    .good_size = own_good_size,
    .force_lock = nothing,
    .force_unlock = nothing,
    .reinit_lock = nothing,
};

#define OWN_ZONE(its_name)                                                                         \
    {                                                                                              \
        .size = own_size, .malloc = own_malloc, .calloc = own_calloc, .valloc = own_valloc,        \
        .free = own_free, .realloc = own_realloc, .destroy = nothing, .name = (its_name),          \
        .introspect = &own_introspection, .version = VERSION_TRY_FREE, .memalign = own_memalign    \
    }

static struct zone own_zone = OWN_ZONE("DefaultMallocZone");
static struct zone purgeable_zone = OWN_ZONE("DefaultPurgeableMallocZone");
static struct zone *zones[ZONES] = {&own_zone};
static unsigned zone_count = 1;

static struct zone *default_zone(void)
{
    return zones[0];
}

static void zone_register(struct zone *z)
{
    if (zone_count == ZONES)
        loader_die("too many zones");
    zones[zone_count++] = z;
}

// The last one gets the place of the one that goes.
static void zone_unregister(const struct zone *z)
{
    for (unsigned i = 0; i < zone_count; i++)
        if (zones[i] == z) {
            zones[i] = zones[--zone_count];
            return;
        }
    loader_die("a zone is unregistered that is not registered");
}

// Made at its first use, out of the zone that is the first one then: it must be the system's.
static struct zone *default_purgeable_zone(void)
{
    static bool made;

    if (!made && zones[0] != &own_zone)
        loader_die("the purgeable zone is made out of a zone that is not the system's");
    if (!made)
        zone_register(&purgeable_zone);
    made = true;
    return &purgeable_zone;
}

static int get_all_zones(uint32_t task, void *reader, struct zone ***list, unsigned *count)
{
    (void)task;
    (void)reader;
    *list = zones;
    *count = zone_count;
    return 0;
}

static struct zone *zone_from_ptr(const void *p)
{
    for (unsigned i = 0; i < zone_count; i++)
        if (zones[i] != &purgeable_zone && zones[i]->size(zones[i], p) != 0)
            return zones[i];
    return NULL;
}

static void *zone_malloc(struct zone *z, size_t size)
{
    return z->malloc(z, size);
}

static void *zone_calloc(struct zone *z, size_t count, size_t size)
{
    return z->calloc(z, count, size);
}

static void *zone_realloc(struct zone *z, void *p, size_t size)
{
    return z->realloc(z, p, size);
}

static void zone_free(struct zone *z, void *p)
{
    z->free(z, p);
}

static void *mac_malloc(size_t size)
{
    return zone_malloc(zones[0], size);
}

static void *mac_calloc(size_t count, size_t size)
{
    return zone_calloc(zones[0], count, size);
}

static struct zone *owner_of(const void *p)
{
    struct zone *z = zone_from_ptr(p);

    if (z == NULL)
        loader_die("malloc: error for object %p: pointer being freed was not allocated", p);
    return z;
}

static void mac_free(void *p)
{
    struct zone *z = zones[0];

    if (p == NULL)
        return;
    if (z->version >= VERSION_TRY_FREE && z->try_free_default != NULL)
        z->try_free_default(z, p);
    else
        zone_free(owner_of(p), p);
}

static void *mac_realloc(void *p, size_t size)
{
    return p == NULL ? mac_malloc(size) : zone_realloc(owner_of(p), p, size);
}

static void *mac_reallocf(void *p, size_t size)
{
    void *q = mac_realloc(p, size);

    if (q == NULL)
        mac_free(p);
    return q;
}

static void *mac_valloc(size_t size)
{
    return zones[0]->valloc(zones[0], size);
}

static void *mac_aligned_alloc(size_t alignment, size_t size)
{
    return zones[0]->memalign(zones[0], alignment, size);
}

static int mac_posix_memalign(void **result, size_t alignment, size_t size)
{
    *result = mac_aligned_alloc(alignment, size);
    return *result != NULL ? 0 : ENOMEM;
}

static size_t mac_malloc_size(const void *p)
{
    struct zone *z = zone_from_ptr(p);

    return z != NULL ? z->size(z, p) : 0;
}

static size_t mac_good_size(size_t size)
{
    return zones[0]->introspect->good_size(zones[0], size);
}

// Of the libraries of the system, which are bound to each other.
static char *mac_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = mac_malloc(size);

    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

void zones_lock(void)
{
    for (unsigned i = 0; i < zone_count; i++)
        zones[i]->introspect->force_lock(zones[i]);
}

void zones_unlock(void)
{
    for (unsigned i = 0; i < zone_count; i++)
        zones[i]->introspect->force_unlock(zones[i]);
}

void zones_reinit(void)
{
    for (unsigned i = 0; i < zone_count; i++)
        if (zones[i]->version >= VERSION_REINIT)
            zones[i]->introspect->reinit_lock(zones[i]);
        else
            zones[i]->introspect->force_unlock(zones[i]);
}

const struct symbol zone_symbols[] = {
    {"malloc", (uintptr_t)mac_malloc},
    {"calloc", (uintptr_t)mac_calloc},
    {"realloc", (uintptr_t)mac_realloc},
    {"reallocf", (uintptr_t)mac_reallocf},
    {"free", (uintptr_t)mac_free},
    {"vfree", (uintptr_t)mac_free},
    {"valloc", (uintptr_t)mac_valloc},
    {"aligned_alloc", (uintptr_t)mac_aligned_alloc},
    {"posix_memalign", (uintptr_t)mac_posix_memalign},
    {"malloc_size", (uintptr_t)mac_malloc_size},
    {"malloc_good_size", (uintptr_t)mac_good_size},
    {"strdup", (uintptr_t)mac_strdup},
    {"malloc_default_zone", (uintptr_t)default_zone},
    {"malloc_default_purgeable_zone", (uintptr_t)default_purgeable_zone},
    {"malloc_get_all_zones", (uintptr_t)get_all_zones},
    {"malloc_zone_register", (uintptr_t)zone_register},
    {"malloc_zone_unregister", (uintptr_t)zone_unregister},
    {"malloc_zone_from_ptr", (uintptr_t)zone_from_ptr},
    {"malloc_zone_malloc", (uintptr_t)zone_malloc},
    {"malloc_zone_calloc", (uintptr_t)zone_calloc},
    {"malloc_zone_realloc", (uintptr_t)zone_realloc},
    {"malloc_zone_free", (uintptr_t)zone_free},
    {NULL, 0},
};
