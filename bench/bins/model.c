// SPDX-License-Identifier: MIT
#include "model.h"

#include "cache.h"

#include <stdio.h>
#include <stdlib.h>

#define PAGE ((size_t)4096)

// Where a block of the trace is. A large one has no slab.
struct place {
    struct slab *slab;
    unsigned index;
    size_t size; // asked for
};

struct model {
    struct cache cache;
    struct place *places; // by the block's number
    size_t large;         // bytes of large blocks, in whole pages
    size_t lost;
    struct figures figures;
};

static size_t whole_pages(size_t size)
{
    return (size + PAGE - 1) & ~(PAGE - 1);
}

static void note_peaks(struct model *m)
{
    struct figures *f = &m->figures;
    size_t slabs = m->cache.resident;

    if (slabs + m->large > f->heap_peak)
        f->heap_peak = slabs + m->large;
    if (slabs > f->slabs_peak) {
        f->slabs_peak = slabs;
        f->lost = m->lost;
    }
}

// The first class that holds the size and whose blocks all lie on the alignment; `count` of the
// classes if there is none. Slabs start on a unit.
static unsigned class_of(const struct model *m, size_t size, size_t alignment)
{
    const struct classes *c = m->cache.classes;
    unsigned i = size > SMALL_MAX || alignment > m->cache.unit ? c->count : classes_find(c, size);

    while (i < c->count && c->size[i] % alignment != 0)
        i++;
    return i;
}

// The program's size is in `p`; a block that grows gets room for more.
static void place_block(struct model *m, struct place *p, size_t room, size_t alignment)
{
    unsigned i = class_of(m, room, alignment);

    p->slab = NULL;
    if (i == m->cache.classes->count) {
        m->large += whole_pages(p->size);
    } else {
        p->slab = cache_take(&m->cache, i, alignment == 1, &p->index);
        cache_write(&m->cache, p->slab, p->index, p->size + (p->size == 0));
        m->lost += p->slab->block_bytes - p->size;
    }
    note_peaks(m);
}

static void remove_block(struct model *m, const struct place *p)
{
    if (p->slab == NULL) {
        m->large -= whole_pages(p->size);
        return;
    }
    m->lost -= p->slab->block_bytes - p->size;
    cache_give(&m->cache, p->slab, p->index);
}

static bool stays(const struct model *m, const struct place *p, size_t size)
{
    size_t usable;

    if (p->slab == NULL)
        return size > SMALL_MAX;
    usable = p->slab->block_bytes;
    return size <= usable &&
           (size > usable / 2 || classes_find(m->cache.classes, size) == p->slab->bin);
}

static void resize_in_place(struct model *m, struct place *p, size_t size)
{
    if (p->slab == NULL) {
        m->large += whole_pages(size) - whole_pages(p->size);
    } else {
        m->lost += p->size - size;
        cache_write(&m->cache, p->slab, p->index, size + (size == 0));
    }
    p->size = size;
    note_peaks(m);
}

// A small block that grows gets at least a quarter more than it had.
static size_t room_of(const struct place *p, size_t size)
{
    size_t usable = p->slab == NULL ? 0 : p->slab->block_bytes;
    size_t more = usable + usable / 4;

    return size > usable && size < more && more <= SMALL_MAX ? more : size;
}

static void replay(struct model *m, const struct event *e)
{
    struct place *p = &m->places[e->after != 0 ? e->after : e->before];
    struct place old = *p;

    if (e->before != 0 && e->after != 0 && stays(m, p, e->size)) {
        resize_in_place(m, p, e->size);
        return;
    }
    if (e->after != 0) {
        p->size = e->size;
        place_block(m, p, e->before != 0 ? room_of(&old, e->size) : e->size,
                    (size_t)1 << e->alignment_shift);
    }
    if (e->before != 0)
        remove_block(m, &old);
}

struct figures model_run(const struct trace *trace, const struct classes *classes, size_t unit)
{
    struct model m = {.places = calloc(trace->blocks + 1, sizeof(struct place))};

    if (m.places == NULL) {
        perror("simulate");
        exit(1);
    }
    cache_init(&m.cache, classes, unit);
    for (size_t i = 0; i < trace->count; i++)
        replay(&m, &trace->events[i]);
    free(m.places);
    m.figures.slabs = m.cache.created;
    return m.figures;
}
