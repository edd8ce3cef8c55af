// SPDX-License-Identifier: MIT
// The system refuses memory: the n-th memory call fails, for n = 1, 2, 3 ... until a fixed
// workload meets no failure any more, and then every call from the n-th on.
//
// The library asks the kernel through the C library's syscall(), which this program replaces by a
// function that can refuse. Each n runs in a process of its own, started anew so that the start of
// the allocator is part of it. The allocator may give up a request with NULL and ENOMEM, nothing
// else, and works as before once memory is there again.
#include "api.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SMALL = 2500, LARGE = 10, HUGE = 3, ALIGNED = 8, HANDED = 400, TRIES_MAX = 3000 };

enum verdict { UNTOUCHED = 0, TOUCHED = 1, WRONG_ERRNO = 20, SPOILT, NOT_ZERO, NOT_ALIGNED,
               ERRNO_OF_FREE, NOT_RECOVERED };

// Counting starts with main(), where the workload is the first to allocate.
static atomic_long memory_calls;
static atomic_long first_refused;
static atomic_long last_refused;

static bool is_memory_call(long number)
{
#ifdef SYS_mmap2
    if (number == SYS_mmap2)
        return true;
#endif
#ifdef SYS_mmap // 32-bit ARM has the other only
    if (number == SYS_mmap)
        return true;
#endif
    return number == SYS_munmap || number == SYS_mremap || number == SYS_mprotect ||
           number == SYS_madvise;
}

long syscall(long number, ...)
{
    static _Atomic(uintptr_t) next;
    long arguments[6];
    va_list list;

    va_start(list, number);
    for (int i = 0; i < 6; i++)
        arguments[i] = va_arg(list, long);
    va_end(list);
    if (is_memory_call(number)) {
        long count = atomic_fetch_add(&memory_calls, 1) + 1;
        if (count >= atomic_load(&first_refused) && count <= atomic_load(&last_refused)) {
            // Advice is refused for other reasons than want of memory.
            errno = number == SYS_madvise ? EINVAL : ENOMEM;
            return -1;
        }
    }
    if (atomic_load(&next) == 0)
        atomic_store(&next, (uintptr_t)dlsym(RTLD_NEXT, "syscall"));
    long (*real)(long, ...) = (long (*)(long, ...))atomic_load(&next);
    return real(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
                arguments[5]);
}

struct block {
    unsigned char *start;
    size_t size;
};

static struct block small[SMALL];
static struct block large[LARGE];
static struct block huge[HUGE];
static struct block aligned[ALIGNED];
static struct block handed[HANDED];
static size_t refusals;

// The first fault ends the process: what follows one would only be its consequence.
static void require(bool condition, enum verdict otherwise)
{
    if (!condition)
        _exit(otherwise);
}

// Content is written to the ends of a block: pages in between are not what the test is about.
static size_t written_part(size_t size)
{
    return size < 8 * KIB ? size : 4 * KIB;
}

static void take(struct block *block, void *start, size_t size)
{
    *block = (struct block){ start, size };
    if (start == NULL) {
        require(errno == ENOMEM, WRONG_ERRNO);
        refusals++;
        return;
    }
    require(api_is_aligned(start, 16), NOT_ALIGNED);
    api_fill(start, written_part(size), size);
    memset(block->start + size - written_part(size) / 2, 0x77, written_part(size) / 2);
}

static void check(const struct block *block)
{
    size_t part = written_part(block->size);
    size_t head = part == block->size ? part - part / 2 : part;

    if (block->start == NULL)
        return;
    require(api_holds(block->start, head / 8 * 8, block->size), SPOILT);
    for (size_t i = 1; i <= part / 2; i++)
        require(block->start[block->size - i] == 0x77, SPOILT);
}

static void give(struct block *block)
{
    check(block);
    errno = 77;
    call.free(block->start);
    require(errno == 77, ERRNO_OF_FREE);
    block->start = NULL;
}

static void allocate(struct block *block, size_t size)
{
    errno = 0;
    take(block, call.malloc(size), size);
}

static void allocate_zeroed(struct block *block, size_t size)
{
    errno = 0;
    unsigned char *start = call.calloc(1, size);
    require(start == NULL || api_is_zero(start, size < MIB ? size : MIB), NOT_ZERO);
    take(block, start, size);
}

static void resize(struct block *block, size_t size)
{
    size_t kept = size < block->size ? size : block->size;

    check(block);
    errno = 0;
    unsigned char *moved = call.realloc(block->start, size);
    if (moved == NULL) {
        require(errno == ENOMEM, WRONG_ERRNO);
        refusals++;
        check(block);
        return;
    }
    kept = written_part(kept) == kept ? kept / 2 : written_part(kept);
    require(block->start == NULL || api_holds(moved, kept / 8 * 8, block->size), SPOILT);
    take(block, moved, size);
}

static void *work_in_thread(void *argument)
{
    for (size_t i = 0; i < HANDED; i++) {
        give(&handed[i]);
        allocate(&handed[i], i * 30 + 1);
    }
    return argument;
}

// A thread that cannot be had for want of memory is an answer too.
static void run_thread(void)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, work_in_thread, NULL) == 0)
        pthread_join(thread, NULL);
    else
        work_in_thread(NULL);
}

static void allocate_all_kinds(void)
{
    for (size_t i = 0; i < SMALL; i++)
        allocate(&small[i], i * 7 % 1500 + 1);
    for (size_t i = 0; i < HANDED; i++)
        allocate(&handed[i], i * 40 + 1);
    for (size_t i = 0; i < LARGE; i++)
        allocate(&large[i], 40 * KIB + i * 300 * KIB);
    for (size_t i = 0; i < HUGE; i++)
        allocate(&huge[i], 33 * MIB + i * 20 * MIB);
    for (size_t i = 0; i < ALIGNED; i++) {
        size_t alignment = (size_t)1024 << 2 * i;
        errno = 0;
        void *start = call.memalign(alignment, 5000 + i * 100000);
        require(api_is_aligned(start, alignment), NOT_ALIGNED);
        take(&aligned[i], start, 5000 + i * 100000);
    }
}

static void resize_all_kinds(void)
{
    for (size_t i = 0; i < SMALL; i += 16)
        resize(&small[i], i * 20 + 1);
    for (size_t i = 0; i < LARGE; i++)
        resize(&large[i], 60 * KIB + (LARGE - i) * 400 * KIB);
    resize(&huge[0], 120 * MIB);
    resize(&huge[1], 2 * MIB);
    resize(&huge[2], 64 * KIB);
    resize(&large[0], 50 * MIB);
    resize(&aligned[3], 34 * MIB);
}

static void free_all_kinds(void)
{
    for (size_t i = 0; i < SMALL; i++)
        give(&small[i]);
    for (size_t i = 0; i < HANDED; i++)
        give(&handed[i]);
    for (size_t i = 0; i < LARGE; i++)
        give(&large[i]);
    for (size_t i = 0; i < HUGE; i++)
        give(&huge[i]);
    for (size_t i = 0; i < ALIGNED; i++)
        give(&aligned[i]);
}

static void work(void)
{
    allocate_all_kinds();
    run_thread();
    resize_all_kinds();
    for (size_t i = 0; i < SMALL; i += 2) {
        give(&small[i]);
        allocate_zeroed(&small[i], i * 11 % 3000 + 1);
    }
    for (size_t i = 0; i < LARGE; i++) {
        give(&large[i]);
        allocate_zeroed(&large[i], 50 * KIB + i * 250 * KIB);
    }
    give(&huge[0]);
    allocate_zeroed(&huge[0], 35 * MIB);
    run_thread();
    free_all_kinds();
    malloc_trim(0);
}

// In the new process: the workload with refusals, and again without.
static int work_refused(long first, long last)
{
    const struct rlimit no_core = { 0, 0 };

    setrlimit(RLIMIT_CORE, &no_core);
    alarm(60);
    atomic_store(&memory_calls, 0);
    atomic_store(&first_refused, first);
    atomic_store(&last_refused, last);
    work();
    bool touched = atomic_load(&memory_calls) >= first;
    atomic_store(&last_refused, 0);
    refusals = 0;
    work();
    require(refusals == 0, NOT_RECOVERED);
    return touched ? TOUCHED : UNTOUCHED;
}

// Returns whether a call was refused; fails the test on anything that is not allowed.
static bool run_refused(const char *mode, long n)
{
    char number[32];
    int status = 0;

    snprintf(number, sizeof(number), "%ld", n);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "inject", mode, number, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) > TOUCHED)
        print_error("%s memory call refused %s: exit %d, signal %d\n", number, mode,
                    WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                    WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    assert_true(WIFEXITED(status));
    assert_in_range(WEXITSTATUS(status), UNTOUCHED, TOUCHED);
    return WEXITSTATUS(status) == TOUCHED;
}

static void any_single_refusal_is_survived(void **state)
{
    long n = 1;

    (void)state;
    while (n < TRIES_MAX && run_refused("once", n))
        n++;
    // Fewer calls than this would mean that the library goes another way to the kernel.
    assert_in_range(n, 10, TRIES_MAX - 1);
}

static void refusal_of_all_from_any_call_on_is_survived(void **state)
{
    long n = 1;

    (void)state;
    // Every step is met early in the workload, fewer of them where it only repeats itself.
    for (; n < TRIES_MAX && run_refused("onward", n); n += 1 + n / 16)
        continue;
    assert_in_range(n, 10, TRIES_MAX - 1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_single_refusal_is_survived),
        cmocka_unit_test(refusal_of_all_from_any_call_on_is_survived),
    };

    if (argc == 3 && strcmp(argv[0], "inject") == 0) {
        long n = strtol(argv[2], NULL, 10);
        return work_refused(n, strcmp(argv[1], "once") == 0 ? n : LONG_MAX);
    }
    return cmocka_run_group_tests_name("inject", tests, NULL, NULL);
}
