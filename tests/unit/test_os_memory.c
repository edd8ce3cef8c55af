// SPDX-License-Identifier: MIT
// How a process looks at itself: threads, memory, registers.
#include "os/memory.h"
#include "os/os.h"

#include "syscall_stand_in.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cmocka.h>

static bool refuse_open;  // as where /proc is not mounted
static long longest_read; // that the kernel gives at a time; 0: any

// Stands in for libc's function.
long syscall(long number, ...)
{
    long a[6];
    va_list list;

    va_start(list, number);
    syscall_arguments(number, list, a);
    va_end(list);
    if (number == SYS_openat && refuse_open) {
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

static pthread_barrier_t barrier;

static void *meet_twice(void *unused)
{
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    return unused;
}

static void threads_are_counted_whatever_the_process_is_called(void **state)
{
    pthread_t threads[2];

    (void)state;
    assert_int_equal(prctl(PR_SET_NAME, "a) b 7 (c) 9"), 0);
    assert_int_equal(os_thread_count(), 1);
    pthread_barrier_init(&barrier, NULL, 3);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, meet_twice, NULL), 0);
    pthread_barrier_wait(&barrier);
    assert_int_equal(os_thread_count(), 3);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    refuse_open = true;
    assert_int_equal(os_thread_count(), 0);
    refuse_open = false;
}

// What of some addresses was seen in the ranges that were visited.
struct seen {
    uintptr_t data, bss, stack, own, fixed, shared;
    uintptr_t end;
    int found, wrong, visits, stop_after;
};

static bool look(uintptr_t start, uintptr_t end, void *context)
{
    struct seen *s = context;

    s->wrong += start < s->end || end <= start;
    s->end = end;
    s->found += s->data >= start && s->data < end;
    s->found += s->bss >= start && s->bss < end;
    s->found += s->stack >= start && s->stack < end;
    s->found += s->own >= start && s->own < end;
    s->wrong += s->fixed >= start && s->fixed < end;
    s->wrong += s->shared >= start && s->shared < end;
    return ++s->visits != s->stop_after;
}

static int initialised = 5, zero;

static void visit_shows_private_writable_memory_in_order(void **state)
{
    const int both = PROT_READ | PROT_WRITE;
    void *own = mmap(NULL, 4096, both, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *fixed = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *shared = mmap(NULL, 4096, both, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct seen seen = {(uintptr_t)&initialised, (uintptr_t)&zero, (uintptr_t)&seen,
                        (uintptr_t)own, (uintptr_t)fixed, (uintptr_t)shared, 0, 0, 0, 0, 0};

    (void)state;
    for (longest_read = 0; longest_read < 3; longest_read++) {
        seen.end = 0;
        seen.found = seen.wrong = seen.visits = 0;
        assert_true(os_memory_visit(look, &seen));
        assert_int_equal(seen.found, 4);
        assert_int_equal(seen.wrong, 0);
    }
    longest_read = 0;
    seen = (struct seen){.stop_after = 2};
    assert_true(os_memory_visit(look, &seen));
    assert_int_equal(seen.visits, 2);
    refuse_open = true;
    assert_false(os_memory_visit(look, &seen));
    refuse_open = false;
    munmap(own, 4096);
    munmap(fixed, 4096);
    munmap(shared, 4096);
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
    os_show_registers(hunt, &h);
    assert_int_equal(h.found, HUNTED);
    // They are needed after the call, and so are kept in registers that a call preserves.
    assert_int_equal(a + b + c + d, seed * 24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copy_of_what_is_not_there_gives_nothing_and_keeps_errno),
        cmocka_unit_test(threads_are_counted_whatever_the_process_is_called),
        cmocka_unit_test(visit_shows_private_writable_memory_in_order),
        cmocka_unit_test(copy_ends_at_the_first_page_that_cannot_be_read),
        cmocka_unit_test(values_in_registers_are_found_on_the_stack),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
