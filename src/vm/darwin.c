// SPDX-License-Identifier: MIT
// The page contract on macOS, by mmap and its relatives.
//
// Memory goes back by a new mapping over the old one. The system's advice for it
// (MADV_FREE_REUSABLE) is not enough for the contract: until memory is scarce the old contents
// stay, and the pages count as unused although they are, until someone says that they are used
// again. A new mapping reads zero, and what the process is said to use is what it uses, at once
// and with nothing to be said later.
//
// All mappings carry one tag, by which vmmap and footprint show them together.
#include "os/os.h"
#include "vm/vm.h"

#include <mach/vm_statistics.h>
#include <stdint.h>
#include <sys/mman.h>

enum { TAG = VM_MAKE_TAG(VM_MEMORY_APPLICATION_SPECIFIC_1) };

static size_t page_size;

void vm_init(size_t size)
{
    page_size = size;
}

size_t vm_page_size(void)
{
    return page_size != 0 ? page_size : os_page_size();
}

size_t vm_granularity(void)
{
    return vm_page_size();
}

static void *map(void *addr, size_t size, int protection, int flags)
{
    void *result = mmap(addr, size, protection, flags | MAP_PRIVATE | MAP_ANON, TAG, 0);

    return result == MAP_FAILED ? NULL : result;
}

// Cuts the aligned `size` bytes out of a mapping of `total`. Each part that is
// cut off may be someone else's at once, so a failure releases only the rest.
static void *trim(char *base, size_t total, size_t size, size_t alignment)
{
    size_t head = (size_t)(-(uintptr_t)base & (alignment - 1));
    size_t tail = total - head - size;
    char *addr = base + head;

    if (head > 0 && munmap(base, head) != 0) {
        munmap(base, total);
        return NULL;
    }
    if (tail > 0 && munmap(addr + size, tail) != 0) {
        munmap(addr, size + tail);
        return NULL;
    }
    return addr;
}

static void *map_aligned(size_t size, size_t alignment, int protection)
{
    void *base = map(NULL, size, protection, 0);
    size_t total;

    if (base == NULL || ((uintptr_t)base & (alignment - 1)) == 0)
        return base;
    if (munmap(base, size) != 0 || alignment > SIZE_MAX - size)
        return NULL;
    total = size + alignment - vm_page_size();
    base = map(NULL, total, protection, 0);
    return base == NULL ? NULL : trim(base, total, size, alignment);
}

void *vm_reserve(size_t size, size_t alignment)
{
    return map_aligned(size, alignment, PROT_NONE);
}

void *vm_map(size_t size, size_t alignment)
{
    return map_aligned(size, alignment, PROT_READ | PROT_WRITE);
}

void *vm_map_readonly(size_t size, size_t alignment)
{
    return map_aligned(size, alignment, PROT_READ);
}

bool vm_commit(void *addr, size_t size)
{
    return mprotect(addr, size, PROT_READ | PROT_WRITE) == 0;
}

bool vm_decommit(void *addr, size_t size)
{
    return map(addr, size, PROT_NONE, MAP_FIXED) == addr;
}

bool vm_purge(void *addr, size_t size)
{
    return map(addr, size, PROT_READ | PROT_WRITE, MAP_FIXED) == addr;
}

bool vm_protect(void *addr, size_t size, enum ikyo_vm_protection protection)
{
    static const int flags[] = {
        [IKYO_VM_NO_ACCESS] = PROT_NONE,
        [IKYO_VM_READ] = PROT_READ,
        [IKYO_VM_READ_WRITE] = PROT_READ | PROT_WRITE,
    };

    return mprotect(addr, size, flags[protection]) == 0;
}

bool vm_release(void *addr, size_t size)
{
    return munmap(addr, size) == 0;
}

bool vm_can_release_parts(void)
{
    return true;
}

bool vm_populate(void *addr, size_t size)
{
    (void)addr;
    (void)size;
    return false;
}

// Huge pages and core dumps are the system's own business.
void vm_advise_huge(void *addr, size_t size, bool enable)
{
    (void)addr;
    (void)size;
    (void)enable;
}

void vm_exclude_from_core(void *addr, size_t size, bool exclude)
{
    (void)addr;
    (void)size;
    (void)exclude;
}

// There is no limit on the number of mappings here, so a guard is one. All that is guarded
// was to be read and written before.
bool vm_guard_install(void *addr, size_t size)
{
    return map(addr, size, PROT_NONE, MAP_FIXED) == addr;
}

bool vm_guard_remove(void *addr, size_t size)
{
    return map(addr, size, PROT_READ | PROT_WRITE, MAP_FIXED) == addr;
}

// Without MAP_FIXED the address is a wish, which is granted where nothing lies there.
void *vm_grow(void *addr, size_t old_size, size_t new_size)
{
    char *end = (char *)addr + old_size;
    void *more = map(end, new_size - old_size, PROT_READ | PROT_WRITE, 0);

    if (more == end)
        return addr;
    if (more != NULL)
        munmap(more, new_size - old_size);
    return NULL;
}

bool vm_move(void *from, void *to, size_t size)
{
    (void)from;
    (void)to;
    (void)size;
    return false;
}

bool vm_move_keep(void *from, void *to, size_t size)
{
    return vm_move(from, to, size);
}

bool vm_is_locked(void *addr, size_t size)
{
    (void)addr;
    (void)size;
    return false;
}
