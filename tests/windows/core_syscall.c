// SPDX-License-Identifier: MIT
#include "core_syscall.h"

#include <string.h>
#include <windows.h>
#include <winternl.h>

struct core_failing core_failing;
_Atomic(int) core_failed;
_Atomic(int) core_waits;
_Atomic(long) core_slept_us;

static bool must_fail(long number, size_t size)
{
    long only = atomic_load(&core_failing.number);
    size_t mapping = atomic_load(&core_failing.mapping);
    bool fails;

    if (only != 0 ? number != only : number == SYS_munmap)
        return false;
    fails = atomic_load(&core_failing.all) ||
            (number == SYS_mmap && mapping != 0 && size >= mapping) ||
            (atomic_load(&core_failing.countdown) > 0 &&
             atomic_fetch_sub(&core_failing.countdown, 1) == 1);
    if (fails) {
        atomic_fetch_add(&core_failed, 1);
        SetLastError(ERROR_COMMITMENT_LIMIT);
    }
    return fails;
}

// What GetProcAddress, which is not the system's here, is made of.
NTSTATUS NTAPI LdrGetProcedureAddress(HMODULE module, ANSI_STRING *name, ULONG number,
                                      void **address);

static void *find_in(HMODULE module, const char *name)
{
    ANSI_STRING text = {(USHORT)strlen(name), (USHORT)(strlen(name) + 1), (char *)(uintptr_t)name};
    void *address = NULL;

    return LdrGetProcedureAddress(module, &text, 0, &address) == 0 ? address : NULL;
}

static void *real(const char *name)
{
    return find_in(GetModuleHandleA("kernelbase.dll"), name);
}

static WINAPI LPVOID allocate(LPVOID address, SIZE_T size, DWORD type, DWORD protection)
{
    static LPVOID(WINAPI * next)(LPVOID, SIZE_T, DWORD, DWORD);

    if (next == NULL)
        next = (LPVOID(WINAPI *)(LPVOID, SIZE_T, DWORD, DWORD))real("VirtualAlloc");
    if (must_fail((type & MEM_RESERVE) != 0 ? SYS_mmap : SYS_mprotect, size))
        return NULL;
    return next(address, size, type, protection);
}

static WINAPI BOOL protect(LPVOID address, SIZE_T size, DWORD protection, PDWORD old)
{
    static BOOL(WINAPI * next)(LPVOID, SIZE_T, DWORD, PDWORD);
    MEMORY_BASIC_INFORMATION info;

    if (next == NULL)
        next = (BOOL(WINAPI *)(LPVOID, SIZE_T, DWORD, PDWORD))real("VirtualProtect");
    // The end of a guard needs no memory.
    if (atomic_load(&core_failing.countdown) > 0 &&
        VirtualQuery(address, &info, sizeof info) != 0 && info.Protect == PAGE_NOACCESS)
        return next(address, size, protection, old);
    return !must_fail(SYS_mprotect, size) && next(address, size, protection, old);
}

static WINAPI BOOL give_back(LPVOID address, SIZE_T size, DWORD type)
{
    static BOOL(WINAPI * next)(LPVOID, SIZE_T, DWORD);

    if (next == NULL)
        next = (BOOL(WINAPI *)(LPVOID, SIZE_T, DWORD))real("VirtualFree");
    return !must_fail((type & MEM_RELEASE) != 0 ? SYS_munmap : SYS_mmap, size) &&
           next(address, size, type);
}

static WINAPI void sleep(DWORD ms)
{
    static void(WINAPI * next)(DWORD);

    if (next == NULL)
        next = (void(WINAPI *)(DWORD))real("Sleep");
    atomic_fetch_add(&core_slept_us, (long)ms * 1000);
    next(ms);
}

static BOOL WINAPI wait_counted(volatile void *word, void *expected, SIZE_T size, DWORD ms)
{
    static BOOL(WINAPI * next)(volatile void *, void *, SIZE_T, DWORD);

    if (next == NULL)
        next = (BOOL(WINAPI *)(volatile void *, void *, SIZE_T, DWORD))real("WaitOnAddress");
    atomic_fetch_add(&core_waits, 1);
    return next(word, expected, size, ms);
}

// How the wait is found, which old systems do not have.
static FARPROC WINAPI find(HMODULE module, LPCSTR name)
{
    if (strcmp(name, "WaitOnAddress") == 0)
        return (FARPROC)(void *)wait_counted;
    return (FARPROC)find_in(module, name);
}

void *const pointer_find __asm__("__imp_GetProcAddress") = find;
void *const pointer_alloc __asm__("__imp_VirtualAlloc") = allocate;
void *const pointer_protect __asm__("__imp_VirtualProtect") = protect;
void *const pointer_free __asm__("__imp_VirtualFree") = give_back;
void *const pointer_sleep __asm__("__imp_Sleep") = sleep;
