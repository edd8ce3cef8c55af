// SPDX-License-Identifier: MIT
// The small services on Windows, by kernel32 alone except for random bytes.
#include "os/os.h"

#include <errno.h>
#include <io.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

// ntsecapi.h calls it RtlGenRandom; the library exports it under this name.
BOOLEAN NTAPI SystemFunction036(void *buffer, ULONG size);

typedef BOOL(WINAPI *wait_function)(volatile void *word, void *expected, SIZE_T size, DWORD ms);
typedef void(WINAPI *wake_function)(void *word);
typedef BOOLEAN(NTAPI *ends_function)(void);

enum { ENVIRONMENT_MOST = 1023 };

// Once a process, each of them the same in whatever thread finds it.
static _Atomic(wait_function) wait_on_address;
static _Atomic(wake_function) wake_one, wake_all;
static _Atomic(ends_function) process_ends;

size_t os_page_size(void)
{
    SYSTEM_INFO info;

    GetSystemInfo(&info);
    return info.dwPageSize;
}

bool os_is_secure(void)
{
    return false;
}

uint64_t os_random_seed(void)
{
    static _Atomic(uint32_t) calls;
    uint64_t seed = 0;
    LARGE_INTEGER ticks;

    if (SystemFunction036(&seed, sizeof(seed))) {
        return seed;
    }
    QueryPerformanceCounter(&ticks);
    seed = (uint64_t)ticks.QuadPart ^ (uint64_t)GetCurrentProcessId() << 32;
    seed ^= (uint64_t)(uintptr_t)&seed << 16 ^ (uint64_t)(uintptr_t)&calls;
    return (seed + atomic_fetch_add(&calls, 1)) * 0x9e3779b97f4a7c15u;
}

uint64_t os_clock_ms(void)
{
    return GetTickCount64();
}

static HANDLE handle_of(int fd)
{
    switch (fd) {
    case 1:
        return GetStdHandle(STD_OUTPUT_HANDLE);
    case 2:
        return GetStdHandle(STD_ERROR_HANDLE);
    default:
        return (HANDLE)_get_osfhandle(fd);
    }
}

void os_write(int fd, const char *text, size_t size)
{
    DWORD saved = GetLastError();
    int saved_errno = errno;
    HANDLE handle = handle_of(fd);

    while (size > 0) {
        DWORD part = size > 1u << 20 ? 1u << 20 : (DWORD)size;
        DWORD written = 0;

        if (!WriteFile(handle, text, part, &written, NULL) || written == 0) {
            break;
        }
        text += written;
        size -= written;
    }
    errno = saved_errno;
    SetLastError(saved);
}

int os_open_append(const char *path)
{
    DWORD saved = GetLastError();
    HANDLE file = CreateFileA(path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                              OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);

    SetLastError(saved);
    return file == INVALID_HANDLE_VALUE ? -1 : _open_osfhandle((intptr_t)file, 0);
}

void os_close(int fd)
{
    _close(fd);
}

// An old console shows the codes of colours as text.
bool os_is_terminal(int fd)
{
    DWORD saved = GetLastError();
    DWORD mode = 0;
    bool is_console = GetConsoleMode(handle_of(fd), &mode) != 0;

    SetLastError(saved);
    return is_console && (mode & ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0;
}

// Programs do not open files as a number of their choice here.
bool os_file_of(int fd, struct os_file *file)
{
    (void)fd;
    (void)file;
    return false;
}

uint32_t os_process_id(void)
{
    return GetCurrentProcessId();
}

// The C library's own array may be another C library's than the program's, and need not be
// there at all. The system's copy is kept: options point into it.
const char *const *os_environ(void)
{
    static const char *variables[ENVIRONMENT_MOST + 1];
    static _Atomic(bool) read;
    const char *block;
    int count = 0;

    if (atomic_load_explicit(&read, memory_order_acquire)) {
        return variables;
    }
    block = GetEnvironmentStringsA();
    if (block == NULL) {
        return NULL;
    }
    for (; *block != '\0' && count < ENVIRONMENT_MOST; block += strlen(block) + 1) {
        variables[count++] = block;
    }
    variables[count] = NULL;
    atomic_store_explicit(&read, true, memory_order_release);
    return variables;
}

uint32_t os_thread_id(void)
{
    return GetCurrentThreadId();
}

uintptr_t os_thread_mark(void)
{
    return GetCurrentThreadId();
}

static void *function_of(const char *library, const char *name)
{
    HMODULE module = GetModuleHandleA(library);

    return module != NULL ? (void *)GetProcAddress(module, name) : NULL;
}

// Windows 7 does not have the first three; there the waits below are short sleeps.
static void find_functions(void)
{
    atomic_store(&wake_one, (wake_function)function_of("kernelbase.dll", "WakeByAddressSingle"));
    atomic_store(&wake_all, (wake_function)function_of("kernelbase.dll", "WakeByAddressAll"));
    atomic_store(&wait_on_address, (wait_function)function_of("kernelbase.dll", "WaitOnAddress"));
    atomic_store(&process_ends, (ends_function)function_of("ntdll.dll", "RtlDllShutdownInProgress"));
}

// The end of a process kills its other threads wherever they are. Who then waits for one of
// them waits for ever, and so the system ends the process where its own locks are met so.
static void end_if_alone(void)
{
    ends_function ends = atomic_load(&process_ends);
    DWORD code;

    if (ends != NULL && ends()) {
        if (!GetExitCodeProcess(GetCurrentProcess(), &code) || code == STILL_ACTIVE) {
            code = 0;
        }
        TerminateProcess(GetCurrentProcess(), code);
    }
}

void os_wait(_Atomic(uint32_t) *word, uint32_t expected)
{
    wait_function wait = atomic_load(&wait_on_address);

    if (wait == NULL) {
        find_functions();
        wait = atomic_load(&wait_on_address);
    }
    end_if_alone();
    if (wait != NULL) {
        wait(word, &expected, sizeof(expected), INFINITE);
    } else if (atomic_load(word) == expected) {
        Sleep(1);
    }
}

void os_wake(_Atomic(uint32_t) *word, int count)
{
    if (atomic_load(&wait_on_address) == NULL) {
        find_functions();
    }
    wake_function wake = count == 1 ? atomic_load(&wake_one) : atomic_load(&wake_all);

    if (wake != NULL) {
        wake((void *)(uintptr_t)word);
    }
}

void os_sleep_us(unsigned us)
{
    Sleep(us / 1000 + (us % 1000 != 0));
}

void os_abort(void)
{
    abort();
}

size_t os_address_space_limit(void)
{
    return SIZE_MAX;
}

void *os_next_symbol(const char *name)
{
    (void)name;
    return NULL;
}

// There is no fork.
bool os_fork_hooks(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
    (void)prepare;
    (void)parent;
    (void)child;
    return true;
}

int os_open_read(const char *path)
{
    (void)path;
    return -1;
}

size_t os_read(int fd, char *buffer, size_t size)
{
    (void)fd;
    (void)buffer;
    (void)size;
    return 0;
}

bool os_can_read(const void *p)
{
    MEMORY_BASIC_INFORMATION info;
    const DWORD barred = PAGE_NOACCESS | PAGE_GUARD | PAGE_EXECUTE;

    return VirtualQuery(p, &info, sizeof(info)) != 0 && info.State == MEM_COMMIT &&
           (info.Protect & barred) == 0;
}
