// SPDX-License-Identifier: MIT
// The end of a thread on Windows: a callback of the program or library that we are part of.
//
// The system calls those of the libraries in the opposite order of their start, and those
// of the program last, so what other libraries still free at the end of a thread comes
// before. Unlike a slot of FlsAlloc it knows nothing of fibers, whose end is no thread's.
#include "os/os.h"

#include <windows.h>

static void (*_Atomic exit_function)(void *);
static THREAD_LOCAL_IE void *exit_value = NULL;

static void NTAPI on_thread(void *module, DWORD reason, void *reserved)
{
    void (*call)(void *) = atomic_load_explicit(&exit_function, memory_order_acquire);
    void **place = THREAD_PLACE(exit_value);
    void *value = *place;

    (void)module;
    (void)reserved;
    if (reason != DLL_THREAD_DETACH || call == NULL || value == NULL) {
        return;
    }
    *place = NULL;
    call(value);
}

// The linker sorts these by name: behind the C library's own, which run the destructors of
// thread-local variables, and before the end of the list.
__attribute__((section(".CRT$XLY"), used)) static const PIMAGE_TLS_CALLBACK callback = on_thread;

bool os_thread_exit_hook(void (*fn)(void *))
{
    atomic_store_explicit(&exit_function, fn, memory_order_release);
    return true;
}

bool os_thread_exit_arm(void *value)
{
    if (atomic_load_explicit(&exit_function, memory_order_acquire) == NULL) {
        return false;
    }
    *THREAD_PLACE(exit_value) = value;
    return true;
}
