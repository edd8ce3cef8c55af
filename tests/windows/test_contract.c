// SPDX-License-Identifier: MIT
// The Windows files under test: the page contract, the public page calls and
// the small services. Prints what is false and exits with the number of it.
#include "vm_contract.h"

#include "os/os.h"

#include <stdio.h>
#include <windows.h>

static volatile bool faulted;

// A faulting probe is one of the two-byte instructions below: the handler
// notes it and goes on behind it.
static LONG CALLBACK on_exception(EXCEPTION_POINTERS *exception)
{
    if (exception->ExceptionRecord->ExceptionCode != EXCEPTION_ACCESS_VIOLATION) {
        return EXCEPTION_CONTINUE_SEARCH;
    }
    faulted = true;
    exception->ContextRecord->Rip += 2;
    return EXCEPTION_CONTINUE_EXECUTION;
}

static bool can_read(volatile char *addr)
{
    faulted = false;
    __asm__ volatile("movb (%%rcx), %%al" : : "c"(addr) : "rax", "memory");
    return !faulted;
}

static bool can_write(volatile char *addr)
{
    faulted = false;
    __asm__ volatile("movb %%al, (%%rcx)" : : "c"(addr), "a"(1) : "memory");
    return !faulted;
}

static const struct vm_system windows_system = {
    .can_read = can_read,
    .can_write = can_write,
    .moves = false,
};

static const char *public_calls_keep_their_word(const struct vm_system *sys)
{
    struct ikyo_vm_region region;
    size_t page = ikyo_vm_page_size();

    VM_EXPECT(ikyo_vm_allocation_granularity() == 65536);
    VM_EXPECT(ikyo_vm_reserve(0, 1, &region) == IKYO_VM_INVALID_PARAMETERS);
    VM_EXPECT(ikyo_vm_reserve(SIZE_MAX / 2, 1, &region) == IKYO_VM_RESERVE_FAILED);
    VM_EXPECT(ikyo_vm_reserve(3 * page, (size_t)1 << 24, &region) == IKYO_VM_OK);
    VM_EXPECT(region.size == 3 * page && (uintptr_t)region.base % ((size_t)1 << 24) == 0);
    VM_EXPECT(ikyo_vm_commit(&region, page, 3 * page) == IKYO_VM_INVALID_PARAMETERS);
    VM_EXPECT(ikyo_vm_commit(&region, page, page) == IKYO_VM_OK);
    VM_EXPECT(sys->can_write((char *)region.base + page) && !sys->can_read(region.base));
    VM_EXPECT(ikyo_vm_advise_huge(&region, page, page, true) == IKYO_VM_OK);
    VM_EXPECT(ikyo_vm_protect(&region, page, page, IKYO_VM_READ) == IKYO_VM_OK);
    VM_EXPECT(!sys->can_write((char *)region.base + page));
    VM_EXPECT(ikyo_vm_protect(&region, 0, page, IKYO_VM_READ) == IKYO_VM_PROTECT_FAILED);
    VM_EXPECT(ikyo_vm_decommit(&region, page, page) == IKYO_VM_OK);
    VM_EXPECT(!sys->can_read((char *)region.base + page));
    VM_EXPECT(ikyo_vm_release(&region) == IKYO_VM_OK && !region.reserved);
    return NULL;
}

static const char *services_answer(const struct vm_system *sys)
{
    uint64_t start = os_clock_ms();

    (void)sys;
    VM_EXPECT(os_page_size() == vm_page_size());
    VM_EXPECT(os_random_seed() != os_random_seed());
    VM_EXPECT(os_environ() != NULL && os_environ()[0] != NULL);
    VM_EXPECT(os_thread_id() == GetCurrentThreadId());
    os_sleep_us(60000);
    VM_EXPECT(os_clock_ms() - start >= 40 && os_clock_ms() - start < 60000);
    VM_EXPECT(os_address_space_limit() == SIZE_MAX);
    VM_EXPECT(os_next_symbol("malloc") == NULL);
    VM_EXPECT(!os_is_secure());
    return NULL;
}

static _Atomic(uint32_t) word;
static _Atomic(uintptr_t) exit_values;

static void on_thread_exit(void *value)
{
    atomic_fetch_add(&exit_values, (uintptr_t)value);
}

static DWORD WINAPI wait_then_end(void *value)
{
    while (atomic_load(&word) == 0) {
        os_wait(&word, 0);
    }
    return os_thread_exit_arm(value);
}

static const char *threads_wake_and_run_their_exit_hook(const struct vm_system *sys)
{
    HANDLE threads[3];

    (void)sys;
    VM_EXPECT(!os_thread_exit_arm(&threads));
    VM_EXPECT(os_thread_exit_hook(on_thread_exit));
    for (uintptr_t i = 0; i < 3; i++) {
        threads[i] = CreateThread(NULL, 0, wait_then_end, (void *)(i * 10), 0, NULL);
        VM_EXPECT(threads[i] != NULL);
    }
    os_sleep_us(20000);
    VM_EXPECT(atomic_load(&exit_values) == 0);
    os_wait(&word, 1);
    atomic_store(&word, 1);
    os_wake(&word, 3);
    VM_EXPECT(WaitForMultipleObjects(3, threads, TRUE, 20000) == WAIT_OBJECT_0);
    for (int i = 0; i < 3; i++) {
        DWORD armed = 0;

        VM_EXPECT(GetExitCodeThread(threads[i], &armed) && armed == TRUE);
        CloseHandle(threads[i]);
    }
    VM_EXPECT(atomic_load(&exit_values) == 30);
    return NULL;
}

static int run(const struct vm_check *checks, int count)
{
    int failed = 0;

    for (int i = 0; i < count; i++) {
        const char *wrong = checks[i].run(&windows_system);

        printf("%s %s%s%s\n", wrong == NULL ? "ok  " : "FAIL", checks[i].name,
               wrong == NULL ? "" : ": not true: ", wrong == NULL ? "" : wrong);
        fflush(stdout);
        failed += wrong != NULL;
    }
    return failed;
}

int main(void)
{
    static const struct vm_check own[] = {
        {"public_calls_keep_their_word", public_calls_keep_their_word},
        {"services_answer", services_answer},
        {"threads_wake_and_run_their_exit_hook", threads_wake_and_run_their_exit_hook},
    };
    static const char done[] = "done\n";

    AddVectoredExceptionHandler(1, on_exception);
    int failed = run(vm_checks, VM_CHECK_COUNT);

    vm_init(os_page_size());
    failed += run(own, 3);
    os_write(1, done, sizeof(done) - 1);
    return failed;
}
