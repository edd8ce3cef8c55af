// SPDX-License-Identifier: MIT
// What a scenario never needs: options, a clock, large and huge blocks, purging. And the
// reports, each of which means that a fault was found.
#include "search.h"

#include "base/option.h"
#include "base/report.h"
#include "large/huge.h"
#include "large/run.h"
#include "os/os.h"
#include "vm/pages.h"
#include "vm/purge.h"
#include "vm/region.h"
#include "vm/vm.h"

struct options options = {.thread_cache = CHUNK};

void report_double_free(const char *call, const void *p)
{
    search_fail("%s(%p): double free", call, p);
}

void report_corrupted_list(const char *call, const void *p)
{
    search_fail("%s(%p): corrupted list", call, p);
}

void report_bug(const char *file, int line, const char *expression)
{
    search_fail("%s:%d: %s is false", file, line, expression);
}

uint64_t os_clock_ms(void)
{
    return 0;
}

_Atomic(uint64_t) huge_expires_ms;

void huge_expire(void)
{
}

void run_cache_tick(struct run_cache *cache)
{
    (void)cache;
}

void run_cache_release(struct run_cache *cache)
{
    (void)cache;
}

void purge_tick(void)
{
}

size_t pages_round(size_t size)
{
    return size;
}

bool vm_guard_install(void *addr, size_t size)
{
    (void)addr;
    (void)size;
    return false;
}

bool vm_guard_remove(void *addr, size_t size)
{
    (void)addr;
    (void)size;
    return false;
}

bool region_holds(const void *p)
{
    return p != NULL;
}
