// SPDX-License-Identifier: MIT
// How a process looks at itself: threads, memory, registers.
#include "os/memory.h"
#include "os/os.h"

#include "syscall_stand_in.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cmocka.h>

static const char *refused = ""; // ends the names of files that cannot be opened, if not empty
static long longest_read;        // that the kernel gives at a time; 0: any

static bool is_refused(const char *path)
{
    size_t length = strlen(path), end = strlen(refused);

    return end != 0 && length >= end && strcmp(path + length - end, refused) == 0;
}

// Stands in for libc's function.
long syscall(long number, ...)
{
    long a[6];
    va_list list;

    va_start(list, number);
    syscall_arguments(number, list, a);
    va_end(list);
    if (number == SYS_openat && is_refused((const char *)a[1])) {
        errno = ENOENT;
        return -1;
    }
    if (number == SYS_read && longest_read != 0 && a[2] > longest_read)
        a[2] = longest_read;
    return syscall_real(number, a);
}

static void copy_of_what_is_not_there_gives_nothing_and_keeps_errno(void **state)
{
    char byte;

    (void)state;
    errno = 77;
    assert_int_equal(os_memory_copy(&byte, 4096, 1), 0);
    assert_int_equal(errno, 77);
}

static _Atomic(bool) leave;

static void *wait_to_leave(void *unused)
{
    while (!atomic_load(&leave))
        os_sleep_us(100);
    return unused;
}

static void threads_are_counted_whatever_the_process_is_called(void **state)
{
    pthread_t threads[3];
    size_t with_first;

    (void)state;
    assert_int_equal(pthread_create(&threads[0], NULL, wait_to_leave, NULL), 0);
    with_first = os_thread_count();
    assert_in_range(with_first, 2, 3); // a sanitizer has one of its own from then on
    assert_int_equal(prctl(PR_SET_NAME, "a) b 7 (c) 9"), 0);
    assert_int_equal(os_thread_count(), with_first);
    for (int i = 1; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, wait_to_leave, NULL), 0);
    assert_int_equal(os_thread_count(), with_first + 2);
    atomic_store(&leave, true);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    refused = "stat";
    assert_int_equal(os_thread_count(), 0);
    refused = "";
}

// How often some bytes lay in the ranges that were visited.
struct seen {
    const volatile char *places[8];
    uint8_t counts[8];
    uintptr_t end;
    int visits, stop_after;
};

static bool look(uintptr_t start, uintptr_t end, void *context)
{
    struct seen *s = context;

    assert_true(start >= s->end && end > start);
    s->end = end;
    for (int i = 0; i < 8; i++)
        s->counts[i] += (uintptr_t)s->places[i] >= start && (uintptr_t)s->places[i] < end;
    return ++s->visits != s->stop_after;
}

static char initialised[] = "data", zero[16];
static const char constant[] = "never written";

static void visit_shows_private_memory_that_was_written_in_order(void **state)
{
    const int both = PROT_READ | PROT_WRITE;
    size_t page = os_page_size(), size = 1200 * page;
    char *own = mmap(NULL, size, both, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *fixed = mmap(NULL, page, both, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *shared = mmap(NULL, page, both, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct seen seen;

    (void)state;
    madvise(own, size, MADV_NOHUGEPAGE);
    own[0] = own[512 * page] = own[513 * page] = own[1199 * page] = 1;
    fixed[0] = shared[0] = initialised[0] = zero[0] = 1;
    assert_int_equal(mprotect(fixed, page, PROT_READ), 0);
    for (longest_read = 0; longest_read < 48; longest_read += 16) {
        const uint8_t expected[8] = {1, 1, 1, 1, 1, 0, 0, 0};

        seen = (struct seen){.places = {initialised, zero, (char *)&seen, own + 513 * page, fixed,
                                        shared, own + 514 * page, constant}};
        assert_true(os_memory_visit(look, &seen));
        assert_memory_equal(seen.counts, expected, 8);
    }
    longest_read = 0;
    seen = (struct seen){.stop_after = 2};
    assert_true(os_memory_visit(look, &seen));
    assert_int_equal(seen.visits, 2);
    refused = "pagemap";
    errno = 77;
    seen = (struct seen){.places = {own, own + 514 * page, own + size - 1, fixed}};
    assert_true(os_memory_visit(look, &seen));
    assert_memory_equal(seen.counts, ((uint8_t[]){1, 1, 1, 0}), 4);
    refused = "maps";
    assert_false(os_memory_visit(look, &seen));
    assert_int_equal(errno, 77);
    refused = "";
    munmap(own, size);
    munmap(fixed, page);
    munmap(shared, page);
}

// Such as a sanitizer has.
static void visit_passes_over_what_is_longer_than_any_memory(void **state)
{
    const uint64_t size = (uint64_t)1 << 40;

    (void)state;
    if (sizeof(size_t) < sizeof(size)) // and there are none
        return;
    char *table = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    struct seen seen = {.places = {table}};

    assert_true(table != MAP_FAILED);
    table[0] = 1;
    assert_true(os_memory_visit(look, &seen));
    assert_int_equal(seen.counts[0], 0);
    munmap(table, (size_t)size);
}

static void copy_ends_at_the_first_page_that_cannot_be_read(void **state)
{
    size_t page = os_page_size();
    char *pages = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *copy = malloc(3 * page);

    (void)state;
    assert_true(pages != MAP_FAILED && copy != NULL);
    memset(pages, 7, 3 * page);
    assert_int_equal(os_memory_copy(copy, (uintptr_t)pages, 3 * page), 3 * page);
    assert_memory_equal(copy, pages, 3 * page);
    assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
    assert_int_equal(os_memory_copy(copy, (uintptr_t)pages + 8, 2 * page), page - 8);
    assert_int_equal(os_memory_copy(copy, (uintptr_t)pages + page, page), 0);
    assert_int_equal(munmap(pages + page, page), 0);
    assert_int_equal(os_memory_copy(copy, (uintptr_t)pages + 8, 2 * page), page - 8);
    munmap(pages, page);
    munmap(pages + 2 * page, page);
    free(copy);
}

enum { HUNTED = 4 };

// Looks for words, whose complements it has, between `stack` and `end`.
struct hunt {
    uintptr_t complements[HUNTED], end;
    int found;
};

static void hunt(uintptr_t stack, void *context)
{
    struct hunt *h = context;

    for (int i = 0; i < HUNTED; i++) {
        const volatile uintptr_t *word = (uintptr_t *)stack;

        while ((uintptr_t)word < h->end && *word != ~h->complements[i])
            word++;
        h->found += (uintptr_t)word < h->end;
    }
}

static void values_in_registers_are_found_on_the_stack(void **state)
{
    volatile uintptr_t seed = (uintptr_t)random() | 1;
    uintptr_t a = seed * 3, b = seed * 5, c = seed * 7, d = seed * 9;
    struct hunt h = {{~a, ~b, ~c, ~d}, (uintptr_t)__builtin_frame_address(0), 0};

    (void)state;
    // They are needed after the call, and so are kept in registers that a call preserves. What a
    // compiler knows of a value it may keep in another form, so it is told nothing.
    __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
    os_show_registers(hunt, &h);
    __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
    assert_int_equal(h.found, HUNTED);
    assert_int_equal(a + b + c + d, seed * 24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copy_of_what_is_not_there_gives_nothing_and_keeps_errno),
        cmocka_unit_test(threads_are_counted_whatever_the_process_is_called),
        cmocka_unit_test(visit_shows_private_memory_that_was_written_in_order),
        cmocka_unit_test(visit_passes_over_what_is_longer_than_any_memory),
        cmocka_unit_test(copy_ends_at_the_first_page_that_cannot_be_read),
        cmocka_unit_test(values_in_registers_are_found_on_the_stack),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
