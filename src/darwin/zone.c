// SPDX-License-Identifier: MIT
// ikyoalloc as a malloc zone of macOS: what the system and its tools ask of an allocator, and
// the default zone of the process, so that calls which are not interposed come here as well.
//
// The zone's lock is all of our locks, as for a fork: the system takes it around each one
// (os/darwin_fork.h). Above: the system. Below: alloc.h. Beside: malloc.c.
#include "alloc.h"
#include "darwin/introspect.h"
#include "find.h"
#include "init.h"

#include "base/limits.h"
#include "os/compiler.h"
#include "os/os.h"

#include <errno.h>
#include <mach/mach_init.h>
#include <malloc/malloc.h>

enum { VERSION = 13, TRIES = 8 };

// Asked about any pointer, for the zone of which the system looks.
static size_t zone_size(malloc_zone_t *zone, const void *p)
{
    enum block_kind kind = p != NULL ? find_block(p).kind : BLOCK_FOREIGN;

    (void)zone;
    return kind != BLOCK_FOREIGN && kind != BLOCK_BAD ? alloc_usable_size(p) : 0;
}

static void *zone_malloc(malloc_zone_t *zone, size_t size)
{
    (void)zone;
    return alloc_block(size);
}

static void *zone_calloc(malloc_zone_t *zone, size_t count, size_t size)
{
    size_t total;

    (void)zone;
    if (unlikely(__builtin_mul_overflow(count, size, &total))) {
        errno = ENOMEM;
        return NULL;
    }
    return alloc_zeroed(total);
}

static void *zone_memalign(malloc_zone_t *zone, size_t alignment, size_t size)
{
    (void)zone;
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
        errno = EINVAL;
        return NULL;
    }
    return alignment <= BLOCK_ALIGNMENT ? alloc_block_for(size, CALL_ALIGNED)
                                        : alloc_aligned(alignment, size, CALL_ALIGNED);
}

static void *zone_valloc(malloc_zone_t *zone, size_t size)
{
    return zone_memalign(zone, os_page_size(), size);
}

// Also as try_free_default, which may be given any pointer: others' go to the zone they are of.
static void zone_free(malloc_zone_t *zone, void *p)
{
    (void)zone;
    free_block(p);
}

static void zone_free_definite_size(malloc_zone_t *zone, void *p, size_t size)
{
    (void)size;
    zone_free(zone, p);
}

static void *zone_realloc(malloc_zone_t *zone, void *p, size_t size)
{
    (void)zone;
    return alloc_resize(p, size + (p != NULL && size == 0));
}

static unsigned zone_batch_malloc(malloc_zone_t *zone, size_t size, void **results, unsigned count)
{
    unsigned done = 0;

    (void)zone;
    while (done < count && (results[done] = alloc_block(size)) != NULL)
        done++;
    return done;
}

static void zone_batch_free(malloc_zone_t *zone, void **blocks, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        zone_free(zone, blocks[i]);
}

// Its blocks are in use all over the process, so the zone cannot end before it.
static void zone_destroy(malloc_zone_t *zone)
{
    (void)zone;
}

static size_t zone_pressure_relief(malloc_zone_t *zone, size_t goal)
{
    uint64_t before = introspect_given_back();

    (void)zone;
    (void)goal;
    alloc_trim(0);
    return (size_t)(introspect_given_back() - before);
}

static boolean_t zone_claims(malloc_zone_t *zone, void *p)
{
    (void)zone;
    return p != NULL && find_block(p).kind != BLOCK_FOREIGN;
}

static malloc_zone_t zone = {
    .zone_name = "ikyoalloc",
    .version = VERSION,
    .introspect = &introspection,
    .size = zone_size,
    .malloc = zone_malloc,
    .calloc = zone_calloc,
    .valloc = zone_valloc,
    .memalign = zone_memalign,
    .realloc = zone_realloc,
    .free = zone_free,
    .free_definite_size = zone_free_definite_size,
    .try_free_default = zone_free,
    .batch_malloc = zone_batch_malloc,
    .batch_free = zone_batch_free,
    .destroy = zone_destroy,
    .pressure_relief = zone_pressure_relief,
    .claimed_address = zone_claims,
};

static malloc_zone_t *first_zone(void)
{
    vm_address_t *zones = NULL;
    unsigned count = 0;

    malloc_get_all_zones(mach_task_self(), NULL, &zones, &count);
    return count > 0 ? (malloc_zone_t *)zones[0] : NULL;
}

// The default zone is the first one. There is no call to become it; but when a zone is taken
// out, the last one gets its place. The purgeable zone is made at its first use, out of
// what is the default then, and must not be made out of ours.
CONSTRUCTOR static void zone_start(void)
{
    init_ensure();
    malloc_default_purgeable_zone();
    malloc_zone_register(&zone);
    for (int i = 0; i < TRIES && first_zone() != &zone; i++) {
        malloc_zone_t *before = first_zone();

        malloc_zone_unregister(before);
        malloc_zone_register(before);
    }
}
