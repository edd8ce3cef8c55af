// SPDX-License-Identifier: MIT
// The page contract on Linux, one system call a function.
//
// Programs interpose mmap and its relatives with wrappers that may allocate,
// so every request goes through libc's `syscall` by number and never through a
// named function. Above: vm/region, vm/purge, large. Below: the kernel.
#include "os/compiler.h"
#include "os/os.h"
#include "vm/vm.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

// Numbers of the kernel's interface that older libc headers do not know.
enum {
    ADVICE_POPULATE_WRITE = 23,
    ADVICE_DONTNEED_LOCKED = 24,
    ADVICE_GUARD_INSTALL = 102,
    ADVICE_GUARD_REMOVE = 103,
    ADVICE_NONSENSE = -1,
    REMAP_MAYMOVE = 1,
    REMAP_FIXED = 2,
    REMAP_DONTUNMAP = 4
};

// Set once a kernel has said that it does not know the request at all.
static _Atomic(bool) no_populate, no_dontneed_locked, no_guard, no_dontunmap;
// Set once guards are known to be more than a friendly answer.
static _Atomic(bool) guard_is_real;

static size_t page_size;

// `syscall` reads whole registers, so every argument is as wide as one.
static inline void *sys_mmap(void *addr, size_t size, int protection, int flags)
{
    flags |= MAP_PRIVATE | MAP_ANONYMOUS;
#if defined(__s390x__)
    unsigned long args[6] = {(unsigned long)addr, size, (unsigned long)protection,
                             (unsigned long)flags, (unsigned long)-1, 0};
    long result = syscall(SYS_mmap, args);
#elif defined(SYS_mmap2)
    long result = syscall(SYS_mmap2, addr, size, (long)protection, (long)flags, -1L, 0L);
#else
    long result = syscall(SYS_mmap, addr, size, (long)protection, (long)flags, -1L, 0L);
#endif
    return result == -1 ? NULL : (void *)result;
}

static inline bool sys_munmap(void *addr, size_t size)
{
    return syscall(SYS_munmap, addr, size) == 0;
}

static inline bool sys_mprotect(void *addr, size_t size, int protection)
{
    return syscall(SYS_mprotect, addr, size, (long)protection) == 0;
}

static inline bool sys_madvise(void *addr, size_t size, int advice)
{
    return syscall(SYS_madvise, addr, size, (long)advice) == 0;
}

static inline void *sys_mremap(void *addr, size_t old_size, size_t new_size, int flags, void *to)
{
    long result = syscall(SYS_mremap, addr, old_size, new_size, (long)flags, to);

    return result == -1 ? NULL : (void *)result;
}

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

static inline bool is_aligned(const void *addr, size_t alignment)
{
    return ((uintptr_t)addr & (alignment - 1)) == 0;
}

// Cuts the aligned `size` bytes out of a mapping of `total`. Each part that is
// cut off may be someone else's at once, so a failure releases only the rest.
static void *trim(char *base, size_t total, size_t size, size_t alignment)
{
    size_t head = (size_t)(-(uintptr_t)base & (alignment - 1));
    size_t tail = total - head - size;
    char *addr = base + head;

    if (head > 0 && !sys_munmap(base, head)) {
        sys_munmap(base, total);
        return NULL;
    }
    if (tail > 0 && !sys_munmap(addr + size, tail)) {
        sys_munmap(addr, size + tail);
        return NULL;
    }
    return addr;
}

// The exact size is tried first: kernels place large mappings on large
// boundaries more often than not, and the range then joins its neighbours.
static void *map_aligned(size_t size, size_t alignment, int protection, int flags)
{
    size_t page = vm_page_size();
    void *base = sys_mmap(NULL, size, protection, flags);

    if (base == NULL || is_aligned(base, alignment)) {
        return base;
    }
    if (!sys_munmap(base, size) || alignment > SIZE_MAX - size) {
        return NULL;
    }
    size_t total = size + alignment - page;

    base = sys_mmap(NULL, total, protection, flags);
    return base == NULL ? NULL : trim(base, total, size, alignment);
}

void *vm_reserve(size_t size, size_t alignment)
{
    return map_aligned(size, alignment, PROT_NONE, MAP_NORESERVE);
}

// Without NORESERVE, so that a kernel may refuse what it could never supply.
void *vm_map(size_t size, size_t alignment)
{
    return map_aligned(size, alignment, PROT_READ | PROT_WRITE, 0);
}

void *vm_map_readonly(size_t size, size_t alignment)
{
    return map_aligned(size, alignment, PROT_READ, MAP_NORESERVE);
}

bool vm_commit(void *addr, size_t size)
{
    return sys_mprotect(addr, size, PROT_READ | PROT_WRITE);
}

// A new mapping over the old one rather than mprotect and madvise: the old
// one's flags would otherwise stay and keep it from joining its neighbours.
bool vm_decommit(void *addr, size_t size)
{
    return sys_mmap(addr, size, PROT_NONE, MAP_FIXED | MAP_NORESERVE) == addr;
}

// EINVAL also stands for "not on these pages". An empty range tells: the
// kernel looks at the advice before it looks at any page.
static bool advise_if_known(void *addr, size_t size, int advice, _Atomic(bool) *unknown)
{
    if (atomic_load_explicit(unknown, memory_order_relaxed)) {
        return false;
    }
    if (sys_madvise(addr, size, advice)) {
        return true;
    }
    if (errno == EINVAL && !sys_madvise(addr, 0, advice)) {
        atomic_store_explicit(unknown, true, memory_order_relaxed);
    }
    return false;
}

bool vm_purge(void *addr, size_t size)
{
    if (sys_madvise(addr, size, MADV_DONTNEED)) {
        return true;
    }
    return errno == EINVAL
           && advise_if_known(addr, size, ADVICE_DONTNEED_LOCKED, &no_dontneed_locked);
}

bool vm_protect(void *addr, size_t size, enum ikyo_vm_protection protection)
{
    static READ_BY_ALL const int flags[] = {
        [IKYO_VM_NO_ACCESS] = PROT_NONE,
        [IKYO_VM_READ] = PROT_READ,
        [IKYO_VM_READ_WRITE] = PROT_READ | PROT_WRITE,
    };

    return sys_mprotect(addr, size, flags[protection]);
}

bool vm_release(void *addr, size_t size)
{
    return sys_munmap(addr, size);
}

bool vm_can_release_parts(void)
{
    return true;
}

bool vm_populate(void *addr, size_t size)
{
    return advise_if_known(addr, size, ADVICE_POPULATE_WRITE, &no_populate);
}

void vm_advise_huge(void *addr, size_t size, bool enable)
{
    sys_madvise(addr, size, enable ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
}

void vm_exclude_from_core(void *addr, size_t size, bool exclude)
{
    sys_madvise(addr, size, exclude ? MADV_DONTDUMP : MADV_DODUMP);
}

// User-mode emulators answer "done" to advice they have never heard of. The
// caller relies on the fault, so such an answer is worth one question more.
bool vm_guard_install(void *addr, size_t size)
{
    if (!advise_if_known(addr, size, ADVICE_GUARD_INSTALL, &no_guard)) {
        return false;
    }
    if (atomic_load_explicit(&guard_is_real, memory_order_relaxed)) {
        return true;
    }
    if (sys_madvise(addr, size, ADVICE_NONSENSE)) {
        atomic_store_explicit(&no_guard, true, memory_order_relaxed);
        return false;
    }
    atomic_store_explicit(&guard_is_real, true, memory_order_relaxed);
    return true;
}

bool vm_guard_remove(void *addr, size_t size)
{
    return advise_if_known(addr, size, ADVICE_GUARD_REMOVE, &no_guard);
}

void *vm_grow(void *addr, size_t old_size, size_t new_size)
{
    return sys_mremap(addr, old_size, new_size, 0, NULL);
}

bool vm_move(void *from, void *to, size_t size)
{
    return sys_mremap(from, size, size, REMAP_MAYMOVE | REMAP_FIXED, to) == to;
}

// Kernels before 6.17 do not move pages of two mappings at once, but unmap the place for them before
// they look; what another thread maps there then would be lost to whoever makes the place anew. They
// look first when a mapping is to grow, which is taken back should there be room for it.
static bool are_one_mapping(char *pages, size_t size)
{
    size_t page = vm_page_size();

    if (sys_mremap(pages, size, size + page, 0, NULL) == NULL)
        return errno != EFAULT;
    return sys_munmap(pages + size, page);
}

bool vm_move_keep(void *from, void *to, size_t size)
{
    int flags = REMAP_MAYMOVE | REMAP_FIXED | REMAP_DONTUNMAP;

    if (atomic_load_explicit(&no_dontunmap, memory_order_relaxed) || !are_one_mapping(from, size)) {
        return false;
    }
    if (sys_mremap(from, size, size, flags, to) == to) {
        return true;
    }
    if (errno == EINVAL) {
        atomic_store_explicit(&no_dontunmap, true, memory_order_relaxed);
    }
    return false;
}

bool vm_is_locked(void *addr, size_t size)
{
    return !sys_madvise(addr, size, MADV_DONTNEED) && errno == EINVAL;
}
