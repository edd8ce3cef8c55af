// SPDX-License-Identifier: MIT
// The page contract on Windows, by VirtualAlloc and its relatives.
//
// A reservation is released as a whole only, lies on a 64 KiB boundary, and
// cannot grow or move: those calls answer "no".
#include "os/os.h"
#include "vm/vm.h"

#include <stdint.h>
#include <string.h>
#include <windows.h>

enum {
    PLACE_TRIES = 32,  // races for an address before vm_reserve gives up
    RECOMMIT_TRIES = 100
};

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
    SYSTEM_INFO info;

    GetSystemInfo(&info);
    return info.dwAllocationGranularity;
}

// The system aligns to its granularity only. For more, a larger range shows
// where there is room; between giving it back and taking the aligned part of
// it another thread may be faster, so it is tried again.
static void *map_aligned(size_t size, size_t alignment, DWORD type, DWORD protection)
{
    void *base = VirtualAlloc(NULL, size, type, protection);

    if (base == NULL || ((uintptr_t)base & (alignment - 1)) == 0) {
        return base;
    }
    VirtualFree(base, 0, MEM_RELEASE);
    if (alignment > SIZE_MAX - size) {
        return NULL;
    }
    for (int i = 0; i < PLACE_TRIES; i++) {
        char *room = VirtualAlloc(NULL, size + alignment, MEM_RESERVE, PAGE_NOACCESS);

        if (room == NULL) {
            return NULL;
        }
        VirtualFree(room, 0, MEM_RELEASE);
        room += (size_t)(-(uintptr_t)room & (alignment - 1));
        base = VirtualAlloc(room, size, type, protection);
        if (base != NULL) {
            return base;
        }
    }
    return NULL;
}

void *vm_reserve(size_t size, size_t alignment)
{
    return map_aligned(size, alignment, MEM_RESERVE, PAGE_NOACCESS);
}

void *vm_map(size_t size, size_t alignment)
{
    return map_aligned(size, alignment, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

void *vm_map_readonly(size_t size, size_t alignment)
{
    return map_aligned(size, alignment, MEM_RESERVE | MEM_COMMIT, PAGE_READONLY);
}

// Free pages of two reservations that lie side by side are one range to the allocator, but
// not to the system: how many bytes from addr on are in one piece.
static size_t piece_of(char *addr, size_t size)
{
    MEMORY_BASIC_INFORMATION info;
    size_t length = 0;
    void *base = NULL;

    while (length < size && VirtualQuery(addr + length, &info, sizeof(info)) != 0) {
        if (base != NULL && info.AllocationBase != base) {
            break;
        }
        base = info.AllocationBase;
        length += info.RegionSize - (size_t)(addr + length - (char *)info.BaseAddress);
    }
    return length > 0 && length < size ? length : size;
}

// Calls for each piece of the range. The first try is the whole range, which as a rule is one.
typedef bool piece_call(void *addr, size_t size);

static bool by_pieces(void *addr, size_t size, piece_call *call)
{
    char *at = addr;

    if (call(addr, size)) {
        return true;
    }
    if (piece_of(at, size) == size) {
        return false;
    }
    while (size > 0) {
        size_t length = piece_of(at, size);

        if (!call(at, length)) {
            return false;
        }
        at += length;
        size -= length;
    }
    return true;
}

// What is committed already keeps its contents and may have another protection: it is
// changed then. A range of both kinds takes both calls.
static bool commit(void *addr, size_t size)
{
    MEMORY_BASIC_INFORMATION info;
    DWORD old;

    if (VirtualQuery(addr, &info, sizeof(info)) == 0) {
        return false;
    }
    bool uniform = info.RegionSize >= size;

    return ((uniform && info.State == MEM_COMMIT)
            || VirtualAlloc(addr, size, MEM_COMMIT, PAGE_READWRITE) != NULL)
           && ((uniform && info.State == MEM_RESERVE)
               || VirtualProtect(addr, size, PAGE_READWRITE, &old));
}

bool vm_commit(void *addr, size_t size)
{
    return by_pieces(addr, size, commit);
}

static bool decommit(void *addr, size_t size)
{
    return VirtualFree(addr, size, MEM_DECOMMIT);
}

bool vm_decommit(void *addr, size_t size)
{
    return by_pieces(addr, size, decommit);
}

// The system's own ways to discard do not promise zeros. Between the two calls
// another process may take the memory that was given up; the pages must come
// back, since the caller counts on them, so this waits and then ends.
static bool purge(void *addr, size_t size)
{
    if (!decommit(addr, size)) {
        return false;
    }
    for (int i = 0; i < RECOMMIT_TRIES; i++) {
        if (VirtualAlloc(addr, size, MEM_COMMIT, PAGE_READWRITE) != NULL) {
            return true;
        }
        os_sleep_us(10000);
    }
    os_abort();
}

bool vm_purge(void *addr, size_t size)
{
    return by_pieces(addr, size, purge);
}

static bool forbid(void *addr, size_t size)
{
    DWORD old;

    return VirtualProtect(addr, size, PAGE_NOACCESS, &old);
}

static bool allow_reading(void *addr, size_t size)
{
    DWORD old;

    return VirtualProtect(addr, size, PAGE_READONLY, &old);
}

static bool allow(void *addr, size_t size)
{
    DWORD old;

    return VirtualProtect(addr, size, PAGE_READWRITE, &old);
}

bool vm_protect(void *addr, size_t size, enum ikyo_vm_protection protection)
{
    static piece_call *const calls[] = {
        [IKYO_VM_NO_ACCESS] = forbid,
        [IKYO_VM_READ] = allow_reading,
        [IKYO_VM_READ_WRITE] = allow,
    };

    return by_pieces(addr, size, calls[protection]);
}

// The system would release the whole reservation whatever the size, so the
// size is compared first.
bool vm_release(void *addr, size_t size)
{
    MEMORY_BASIC_INFORMATION info;
    size_t whole = 0;

    while (VirtualQuery((char *)addr + whole, &info, sizeof(info)) != 0
           && info.State != MEM_FREE && info.AllocationBase == addr) {
        whole += info.RegionSize;
    }
    return whole == size && VirtualFree(addr, 0, MEM_RELEASE);
}

bool vm_can_release_parts(void)
{
    return false;
}

bool vm_populate(void *addr, size_t size)
{
    (void)addr;
    (void)size;
    return false;
}

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

// The end of a guard may not need memory, so pages stay committed behind it; what they use
// goes back by the reset, if the system likes.
bool vm_guard_install(void *addr, size_t size)
{
    if (!by_pieces(addr, size, forbid)) {
        return false;
    }
    VirtualAlloc(addr, size, MEM_RESET, PAGE_NOACCESS);
    return true;
}

bool vm_guard_remove(void *addr, size_t size)
{
    if (!by_pieces(addr, size, allow)) {
        return false;
    }
    memset(addr, 0, size);
    return true;
}

void *vm_grow(void *addr, size_t old_size, size_t new_size)
{
    (void)addr;
    (void)old_size;
    (void)new_size;
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
