// SPDX-License-Identifier: MIT
// What a scenario never needs: large and huge blocks, foreign ones, purging. And the
// reports, each of which means that a fault was found.
#include "search.h"

#include "alloc.h"
#include "base/option.h"
#include "base/report.h"
#include "foreign.h"
#include "init.h"
#include "large/huge.h"
#include "large/run.h"
#include "oom.h"
#include "vm/pages.h"
#include "vm/purge.h"
#include "vm/region.h"

_Noreturn static void unexpected(const char *call)
{
    search_fail("%s is called", call);
}

void report_double_free(const char *call, const void *p)
{
    search_fail("%s(%p): double free", call, p);
}

void report_invalid_pointer(const char *call, const void *p)
{
    search_fail("%s(%p): invalid pointer", call, p);
}

void report_foreign_pointer(const char *call, const void *p)
{
    search_fail("%s(%p): foreign pointer", call, p);
}

void report_corrupted_list(const char *call, const void *p)
{
    search_fail("%s(%p): corrupted list", call, p);
}

void report_bug(const char *file, int line, const char *expression)
{
    search_fail("%s:%d: %s is false", file, line, expression);
}

void init_start(void)
{
    unexpected("init_start");
}

bool option_set(const char *name, const char *value)
{
    (void)name, (void)value;
    unexpected("option_set");
}

size_t alloc_usable_size(const void *p)
{
    (void)p;
    unexpected("alloc_usable_size");
}

void foreign_free(void *p)
{
    (void)p;
    unexpected("foreign_free");
}

void *huge_alloc(size_t size, size_t alignment, bool zero)
{
    (void)size, (void)alignment, (void)zero;
    unexpected("huge_alloc");
}

bool huge_free(struct huge *record)
{
    (void)record;
    unexpected("huge_free");
}

bool huge_trim(void)
{
    return false;
}

struct huge *registry_find(const void *p)
{
    (void)p;
    return NULL;
}

bool registry_covers(const void *p)
{
    (void)p;
    return false;
}

void *run_alloc(struct run_cache *cache, size_t size, size_t alignment, bool *zero)
{
    (void)cache, (void)size, (void)alignment, (void)zero;
    unexpected("run_alloc");
}

bool run_free(struct run_cache *cache, struct desc *d, void *p)
{
    (void)cache, (void)d, (void)p;
    unexpected("run_free");
}

size_t run_usable_size(const struct desc *d)
{
    (void)d;
    unexpected("run_usable_size");
}

void run_cache_release(struct run_cache *cache)
{
    (void)cache;
}

bool oom_relieve(size_t size, int attempt)
{
    (void)size, (void)attempt;
    return false;
}

void oom_set_pressure_handler(void (*call)(int level, void *context), void *context)
{
    (void)call, (void)context;
    unexpected("oom_set_pressure_handler");
}

bool pages_are_free(const void *p)
{
    (void)p;
    return false;
}

void purge_tick(void)
{
}

bool purge_all(size_t keep)
{
    (void)keep;
    return false;
}

bool region_holds(const void *p)
{
    (void)p;
    return true;
}
