// SPDX-License-Identifier: MIT
// A process that looks at itself, on macOS: by the calls of Mach that know its memory, none of
// which allocates or touches errno.
#include "os/memory.h"

#include "os/compiler.h"
#include "os/darwin_mach.h"
#include "os/os.h"

#include <errno.h>
#include <libproc.h>

size_t os_thread_count(void)
{
    struct proc_taskinfo info;
    int saved = errno;
    int got = proc_pidinfo((int)os_process_id(), PROC_PIDTASKINFO, 0, &info, sizeof(info));

    errno = saved;
    return got == (int)sizeof(info) ? (size_t)info.pti_threadnum : 0;
}

// What others see as well is not this process's own. What may be written now is looked at
// whether it was or not; what may not be, if it was.
static bool is_own(const struct vm_region_submap_info_64 *info)
{
    bool shared = info->share_mode == SM_SHARED || info->share_mode == SM_TRUESHARED ||
                  info->share_mode == SM_SHARED_ALIASED;
    bool written = info->pages_dirtied != 0 || info->pages_swapped_out != 0;

    return (info->protection & VM_PROT_READ) != 0 && !shared && info->share_mode != SM_EMPTY &&
           ((info->protection & VM_PROT_WRITE) != 0 || written);
}

// The region that ends behind *start, first of all; maps within the map are entered.
static bool next_region(mach_vm_address_t *start, mach_vm_size_t *size, natural_t *depth,
                        struct vm_region_submap_info_64 *info)
{
    for (;; ++*depth) {
        mach_msg_type_number_t words = VM_REGION_SUBMAP_INFO_COUNT_64;

        if (mach_vm_region_recurse(mach_task_self(), start, size, depth,
                                   (vm_region_recurse_info_t)info, &words) != KERN_SUCCESS)
            return false;
        if (!info->is_submap)
            return true;
    }
}

bool os_memory_visit(bool (*visit)(uintptr_t start, uintptr_t end, void *context), void *context)
{
    struct vm_region_submap_info_64 info;
    mach_vm_address_t at = 0;
    mach_vm_size_t size = 0;
    natural_t depth = 0;
    bool any = false;

    for (; next_region(&at, &size, &depth, &info); at += size) {
        any = true;
        if (is_own(&info) && !visit((uintptr_t)at, (uintptr_t)(at + size), context))
            break;
    }
    return any;
}

bool os_memory_may_copy(void)
{
    return true;
}

static bool copy(char *to, uintptr_t from, size_t size)
{
    mach_vm_size_t copied;

    return mach_vm_read_overwrite(mach_task_self(), from, size, (mach_vm_address_t)to, &copied) ==
           KERN_SUCCESS;
}

// The call copies all or nothing, so what stops in the middle is done again page by page.
size_t os_memory_copy(void *to, uintptr_t from, size_t size)
{
    size_t page = os_page_size(), done = 0;

    if (copy(to, from, size))
        return size;
    while (done < size) {
        size_t part = page - (from + done) % page;

        if (part > size - done)
            part = size - done;
        if (!copy((char *)to + done, from + done, part))
            break;
        done += part;
    }
    return done;
}

// The frame of a function that is called lies below all of its caller's.
static NOINLINE void use_stack(void (*use)(uintptr_t stack, void *context), void *context)
{
    use((uintptr_t)__builtin_frame_address(0), context);
}

void os_show_registers(void (*use)(uintptr_t stack, void *context), void *context)
{
    __builtin_unwind_init();
    use_stack(use, context);
    // The call must not be the last thing done, for which the frame would be given up.
    __asm__ volatile("" ::: "memory");
}
