// SPDX-License-Identifier: MIT
#include "init.h"

#include "alloc.h"
#include "base/lock.h"
#include "base/option.h"
#include "base/report.h"
#include "base/sink.h"
#include "checked.h"
#include "debug/stack.h"
#include "oom.h"
#include "os/os.h"
#include "space.h"
#include "tls/thread.h"
#include "vm/directory.h"
#include "vm/region.h"
#include "vm/vm.h"

#include <errno.h>

_Atomic(int) init_stage;

static void start(void)
{
    vm_init(os_page_size());
    directory_init();
    region_init(os_address_space_limit());
    thread_init();
}

// Where the loader allocates before the C library has set up the environment, the
// defaults serve until a later slow path finds it.
static enum init_stage read_options(void)
{
    const char *const *environment = os_environ();

    if (environment == NULL)
        return INIT_PARTIAL;
    option_init(environment, os_is_secure());
    checked_start();
    if (checked_mode() || options.sample != 0)
        sink_start();
    return INIT_DONE;
}

static void fork_child(void)
{
    report_fork_child();
    oom_fork_child();
    thread_fork_child();
    space_fork_child();
}

// The first of what every program runs, which is linked behind what hardly any does.
ON_START BEGINS_PAGE void init_start(void)
{
    int saved = errno;
    bool first;

    lock_take(LOCK_START);
    first = atomic_load_explicit(&init_stage, memory_order_relaxed) == INIT_NONE;
    if (first)
        start();
    if (atomic_load_explicit(&init_stage, memory_order_relaxed) != INIT_DONE)
        atomic_store_explicit(&init_stage, (int)read_options(), memory_order_release);
    lock_give(LOCK_START);
    if (first) {
        // Registering may allocate. It must come early: handlers that are
        // registered later then run outside the span in which we hold our locks.
        os_fork_hooks(thread_fork_prepare, thread_fork_parent, fork_child);
        if (checked_mode() || options.sample != 0)
            stack_start();
    }
    alloc_options_changed();
    errno = saved;
}
