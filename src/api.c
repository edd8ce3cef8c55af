// SPDX-License-Identifier: MIT
// The ikyo_* calls around malloc: version, options, flushing, trimming, pressure.
#include "alloc.h"
#include "checked.h"
#include "route.h"
#include "ikyoalloc/ikyoalloc.h"
#include "init.h"
#include "oom.h"
#include "sealed.h"
#include "space.h"

#include "base/option.h"
#include "base/lock.h"
#include "large/huge.h"
#include "tls/magazine.h"
#include "tls/slab_source.h"
#include "tls/thread.h"
#include "tls/upkeep.h"
#include "vm/purge.h"

#define STRING(x) #x
#define NUMBER(x) STRING(x)

const char *ikyo_version(void)
{
    return NUMBER(IKYO_VERSION_MAJOR) "." NUMBER(IKYO_VERSION_MINOR) "." NUMBER(
        IKYO_VERSION_PATCH);
}

bool ikyo_option_set(const char *name, const char *value)
{
    bool done;

    init_ensure();
    done = name != NULL && value != NULL && sealed_open();
    if (done) {
        done = option_set(name, value);
        sealed_close();
    }
    alloc_options_changed();
    return done;
}

void ikyo_set_pressure_handler(void (*handler)(int level, void *context), void *context)
{
    oom_set_pressure_handler(handler, context);
}

void ikyo_flush_thread(void)
{
    alloc_flush_thread();
}

void ikyo_flush_all(void)
{
    alloc_flush_all();
}

ON_START void alloc_options_changed(void)
{
    thread_set_careful(route_must_see_all());
}

void alloc_flush_thread(void)
{
    struct thread_cache *t;

    init_ensure();
    if (checked_mode())
        checked_flush();
    t = thread_enter();
    magazine_release_all(t);
    thread_leave(t);
}

void alloc_flush_all(void)
{
    upkeep_ask_all_to_flush();
    alloc_flush_thread();
}

static void release_shared_parts(struct thread_cache *t, void *context)
{
    (void)context;
    slab_source_release(t);
    run_cache_release(&t->runs);
}

bool alloc_trim(size_t pad)
{
    struct thread_cache *t;
    bool some;

    alloc_flush_all();
    t = thread_enter();
    magazine_trim_depots(t);
    thread_leave(t);
    thread_visit_caches(release_shared_parts, NULL);
    space_trim();
    some = huge_trim();
    return purge_all(pad) || some;
}
