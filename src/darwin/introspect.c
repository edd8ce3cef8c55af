// SPDX-License-Identifier: MIT
// Only this process is looked at: a tool that reads another one has not loaded this library
// there. Of slabs it is told where they are, not which of their blocks are out: that is known
// to the threads that own them, and in the blocks themselves.
#include "darwin/introspect.h"

#include "base/lock.h"
#include "good_size.h"
#include "ikyoalloc/debug.h"
#include "large/registry.h"
#include "large/run.h"
#include "os/darwin_fork.h"
#include "stats.h"
#include "vm/region.h"

#include <limits.h>
#include <mach/mach_init.h>
#include <stdatomic.h>

struct recording {
    task_t task;
    void *context;
    unsigned types;
    vm_range_recorder_t *record;
};

static void record(const struct recording *r, unsigned type, const void *start, size_t size)
{
    vm_range_t range = {(vm_address_t)start, size};

    if ((r->types & type) != 0)
        r->record(r->task, r->context, type, &range, 1);
}

static void record_runs(const struct recording *r, char *base, size_t used)
{
    for (size_t at = 0; at < used; at += UNIT) {
        const struct desc *d = desc_of(base + at);

        if (d != NULL && (desc_kind(d) == KIND_RUN || desc_kind(d) == KIND_SPACED))
            record(r, MALLOC_PTR_IN_USE_RANGE_TYPE, d->base, run_usable_size(d));
    }
}

static void record_huge(const struct huge *h, void *context)
{
    const void *start = (const void *)atomic_load_explicit(&h->address, memory_order_relaxed);

    record(context, MALLOC_PTR_REGION_RANGE_TYPE, start, h->size);
    record(context, MALLOC_PTR_IN_USE_RANGE_TYPE, start, h->size);
}

// Some callers name no task for their own.
static kern_return_t enumerate(task_t task, void *context, unsigned types,
                               vm_address_t zone, memory_reader_t reader,
                               vm_range_recorder_t recorder)
{
    struct recording r = {task, context, types, recorder};
    size_t used;
    char *base;

    (void)zone;
    (void)reader;
    if (task != mach_task_self() && task != TASK_NULL)
        return KERN_NOT_SUPPORTED;
    for (size_t i = 0; region_get(i, &base, &used); i++) {
        record(&r, MALLOC_PTR_REGION_RANGE_TYPE, base, used);
        record_runs(&r, base, used);
    }
    registry_visit(record_huge, &r);
    return KERN_SUCCESS;
}

static size_t zone_good_size(malloc_zone_t *zone, size_t size)
{
    (void)zone;
    return good_size(size);
}

static boolean_t check_all(malloc_zone_t *zone)
{
    (void)zone;
    return ikyo_check_heap() == 0;
}

static void print(malloc_zone_t *zone, boolean_t verbose)
{
    static const int standard_error = 2;

    (void)zone;
    (void)verbose;
    ikyo_stats_print(standard_error);
}

// There is no log of single blocks. IKYO_CHECK=full knows where each was allocated.
static void log_block(malloc_zone_t *zone, void *address)
{
    (void)zone;
    (void)address;
}

static _Atomic(bool) is_locked;

static void force_lock(malloc_zone_t *zone)
{
    (void)zone;
    fork_hooks.prepare();
    atomic_store_explicit(&is_locked, true, memory_order_relaxed);
}

static void force_unlock(malloc_zone_t *zone)
{
    (void)zone;
    atomic_store_explicit(&is_locked, false, memory_order_relaxed);
    fork_hooks.parent();
}

static void reinit_lock(malloc_zone_t *zone)
{
    (void)zone;
    atomic_store_explicit(&is_locked, false, memory_order_relaxed);
    fork_hooks.child();
}

static boolean_t zone_locked(malloc_zone_t *zone)
{
    (void)zone;
    return atomic_load_explicit(&is_locked, memory_order_relaxed);
}

// The figures need the locks, so there are none while the zone is locked.
static bool collect(struct ikyo_stats *s)
{
    if (lock_any_held())
        return false;
    stats_collect(s);
    return true;
}

uint64_t introspect_given_back(void)
{
    struct ikyo_stats s;

    return collect(&s) ? s.decommit_bytes : 0;
}

static void statistics(malloc_zone_t *zone, malloc_statistics_t *out)
{
    struct ikyo_stats s;

    (void)zone;
    *out = (malloc_statistics_t){0};
    if (!collect(&s))
        return;
    out->blocks_in_use = s.live_blocks < UINT_MAX ? (unsigned)s.live_blocks : UINT_MAX;
    out->size_in_use = s.live_bytes;
    out->max_size_in_use = s.peak_committed_bytes;
    out->size_allocated = s.committed_bytes;
}

static void task_statistics(task_t task, vm_address_t zone, memory_reader_t reader,
                            malloc_statistics_t *out)
{
    (void)reader;
    *out = (malloc_statistics_t){0};
    if (task == mach_task_self())
        statistics((malloc_zone_t *)zone, out);
}

static void print_task(task_t task, unsigned level, vm_address_t zone, memory_reader_t reader,
                       print_task_printer_t printer)
{
    malloc_statistics_t s;

    (void)level;
    task_statistics(task, zone, reader, &s);
    printer("ikyoalloc: %u blocks of %zu bytes in %zu\n", s.blocks_in_use, s.size_in_use,
            s.size_allocated);
}

malloc_introspection_t introspection = {
    .enumerator = enumerate,
    .good_size = zone_good_size,
    .check = check_all,
    .print = print,
    .log = log_block,
    .force_lock = force_lock,
    .force_unlock = force_unlock,
    .reinit_lock = reinit_lock,
    .zone_locked = zone_locked,
    .statistics = statistics,
    .print_task = print_task,
    .task_statistics = task_statistics,
};
