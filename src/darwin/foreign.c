// SPDX-License-Identifier: MIT
// Pointers that are not ours, on macOS: every allocator of a process is a zone there, and the
// system knows whose a pointer is. Blocks of before our start come here, and those of programs
// that made a zone of their own. In the place of foreign.c.
#include "foreign.h"

#include "base/option.h"
#include "base/report.h"
#include "init.h"

#include <malloc/malloc.h>

// The zone that p belongs to, if it is to be asked. NULL: there is none, or p was reported.
static malloc_zone_t *owner_of(const char *call, const void *p)
{
    malloc_zone_t *zone = NULL;

    init_ensure();
    if (options.foreign_free == FOREIGN_FREE_FORWARD)
        zone = malloc_zone_from_ptr(p);
    if (zone == NULL && options.foreign_free != FOREIGN_FREE_IGNORE)
        report_foreign_pointer(call, p);
    return zone;
}

void foreign_free(void *p)
{
    malloc_zone_t *zone = owner_of("free", p);

    if (zone != NULL)
        malloc_zone_free(zone, p);
}

void *foreign_resize(void *p, size_t size)
{
    malloc_zone_t *zone = owner_of("realloc", p);

    return zone != NULL ? malloc_zone_realloc(zone, p, size) : NULL;
}

size_t foreign_usable_size(const void *p)
{
    malloc_zone_t *zone = owner_of("malloc_size", p);

    return zone != NULL ? zone->size(zone, p) : 0;
}
