// SPDX-License-Identifier: MIT
// What ikyo-run puts into an unmodified program: when this DLL is loaded, the allocation calls
// of the C libraries that are there, msvcrt.dll and ucrtbase.dll, become jumps to ours.
//
// The process has one thread then, which is the one that loads us, so nobody runs in the code
// that changes. A call is replaced only if there is room for the jump before the next one that
// the library exports; a library is left alone as a whole if that fails for one of them, since
// its blocks must not be of two kinds. What it allocated before goes back to its own heap
// (foreign.c).
#include "ikyoalloc/stats.h"
#include "windows/crt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <windows.h>

// mov $target, %rax; jmp *%rax
enum { JUMP_SIZE = 12, JUMP_TARGET = 2 };
static const unsigned char jump[JUMP_SIZE] = {0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0};

struct patch {
    const char *name;
    void *target;
    bool must_be_there; // without it blocks of two kinds would meet
};

// The library's own _aligned_ calls stay: they are made of these, or of what is behind these.
static const struct patch patches[] = {
    {"malloc", (void *)malloc, true},
    {"free", (void *)free, true},
    {"calloc", (void *)calloc, true},
    {"realloc", (void *)realloc, true},
    {"_msize", (void *)_msize, true},
    {"_expand", (void *)_expand, true},
    {"_recalloc", (void *)_recalloc, false},
    {"_malloc_base", (void *)malloc, false},
    {"_free_base", (void *)free, false},
    {"_calloc_base", (void *)calloc, false},
    {"_realloc_base", (void *)realloc, false},
    {"_recalloc_base", (void *)_recalloc, false},
    {"_msize_base", (void *)_msize, false},
    {"_expand_base", (void *)_expand, false},
    {"??3@YAXPEAX@Z", (void *)free, false},   // operator delete; its new calls malloc, or
    {"??_V@YAXPEAX@Z", (void *)free, false},  // takes blocks of the library's own heap
};

enum { PATCHES = sizeof(patches) / sizeof(patches[0]) };

static const IMAGE_EXPORT_DIRECTORY *exports_of(const char *base)
{
    const IMAGE_DOS_HEADER *dos = (const IMAGE_DOS_HEADER *)base;
    const IMAGE_NT_HEADERS *nt = (const IMAGE_NT_HEADERS *)(base + dos->e_lfanew);

    return (const IMAGE_EXPORT_DIRECTORY *)(base + nt->OptionalHeader.DataDirectory[0]
                                                       .VirtualAddress);
}

// No other exported call begins in the bytes that a jump at `place` takes.
static bool has_room(const char *base, const char *place)
{
    const IMAGE_EXPORT_DIRECTORY *exports = exports_of(base);
    const DWORD *functions = (const DWORD *)(base + exports->AddressOfFunctions);

    for (DWORD i = 0; i < exports->NumberOfFunctions; i++) {
        const char *other = base + functions[i];

        if (other > place && other < place + JUMP_SIZE) {
            return false;
        }
    }
    return true;
}

static bool can_patch(HMODULE library)
{
    for (int i = 0; i < PATCHES; i++) {
        const char *place = (const char *)(void *)GetProcAddress(library, patches[i].name);

        if (place == NULL ? patches[i].must_be_there : !has_room((const char *)library, place)) {
            return false;
        }
    }
    return true;
}

static bool put_jump(char *place, void *target)
{
    DWORD old;

    if (!VirtualProtect(place, JUMP_SIZE, PAGE_EXECUTE_READWRITE, &old)) {
        return false;
    }
    memcpy(place, jump, JUMP_SIZE);
    memcpy(place + JUMP_TARGET, &target, sizeof(target));
    VirtualProtect(place, JUMP_SIZE, old, &old);
    return FlushInstructionCache(GetCurrentProcess(), place, JUMP_SIZE) != 0;
}

static void say(const char *library, const char *what)
{
    HANDLE error = GetStdHandle(STD_ERROR_HANDLE);
    DWORD written;

    WriteFile(error, "ikyoalloc: ", 11, &written, NULL);
    WriteFile(error, library, (DWORD)strlen(library), &written, NULL);
    WriteFile(error, what, (DWORD)strlen(what), &written, NULL);
}

static void patch_library(const char *name)
{
    HMODULE library = GetModuleHandleA(name);

    if (library == NULL) {
        return;
    }
    if (!can_patch(library)) {
        say(name, " keeps its own malloc: its calls cannot be replaced\n");
        return;
    }
    for (int i = 0; i < PATCHES; i++) {
        char *place = (char *)(void *)GetProcAddress(library, patches[i].name);

        if (place != NULL && !put_jump(place, patches[i].target)) {
            say(name, ": a call could not be replaced\n");
            TerminateProcess(GetCurrentProcess(), 3);
        }
    }
}

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID reserved);

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID reserved)
{
    HMODULE pinned;

    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) {
        patch_library("ucrtbase.dll");
        patch_library("msvcrt.dll");
        GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                           (const char *)module, &pinned);
    } else if (reason == DLL_PROCESS_DETACH && GetEnvironmentVariableA("IKYO_RUN_STATS", NULL, 0)) {
        ikyo_stats_print(2);
    }
    return TRUE;
}
