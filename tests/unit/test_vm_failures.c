// SPDX-License-Identifier: MIT
// Every page call when its n-th system call fails: it reports the failure,
// leaves the range as it was and keeps no address space.
#include "vm/vm.h"

#include "ikyoalloc/vm.h"

#include "syscall_stand_in.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int countdown; // the call that makes it 0 fails; 0 means none will
static int failure;   // with this errno
static long failed_number;
static long failed_args[2];

// Stands in for libc's function. Reading six arguments where fewer were given
// is harmless on every Linux machine.
long syscall(long number, ...)
{
    long a[6];
    va_list list;

    va_start(list, number);
    syscall_arguments(number, list, a);
    va_end(list);
    if (countdown > 0 && --countdown == 0) {
        failed_number = number;
        memcpy(failed_args, a, sizeof(failed_args));
        errno = failure;
        return -1;
    }
    return syscall_real(number, a);
}

// The bytes of address space in use, read without allocating any.
static size_t mapped_bytes(void)
{
    static char text[1 << 20];
    size_t length = 0, sum = 0;
    ssize_t got;
    int fd = open("/proc/self/maps", O_RDONLY);

    assert_true(fd >= 0);
    while ((got = read(fd, text + length, sizeof(text) - 1 - length)) > 0) {
        length += (size_t)got;
    }
    close(fd);
    assert_true(length > 0 && length < sizeof(text) - 1);
    text[length] = '\0';
    for (char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
        char *dash;
        unsigned long start = strtoul(line, &dash, 16);

        sum += strtoul(dash + 1, NULL, 16) - start;
    }
    return sum;
}

// What a call works on: four committed pages full of sevens in the middle of
// eight reserved ones.
struct room {
    char *base;
    char *pages;
    size_t page;
};

static bool try_reserve(const struct room *r)
{
    char *addr = vm_reserve(3 * r->page, (size_t)1 << 30);

    return addr != NULL && vm_release(addr, 3 * r->page);
}

static bool try_map(const struct room *r)
{
    char *addr = vm_map(3 * r->page, (size_t)1 << 30);

    return addr != NULL && vm_release(addr, 3 * r->page);
}

static bool try_map_readonly(const struct room *r)
{
    char *addr = vm_map_readonly(3 * r->page, (size_t)1 << 30);

    return addr != NULL && vm_release(addr, 3 * r->page);
}

static bool try_commit(const struct room *r)
{
    return vm_commit(r->base, r->page);
}

static bool try_decommit(const struct room *r)
{
    return vm_decommit(r->pages, r->page);
}

static bool try_purge(const struct room *r)
{
    return vm_purge(r->pages, r->page);
}

static bool try_protect(const struct room *r)
{
    return vm_protect(r->pages, r->page, IKYO_VM_READ);
}

static bool try_release(const struct room *r)
{
    return vm_release(r->pages + 2 * r->page, r->page)
           && vm_release(r->pages + 3 * r->page, r->page);
}

static bool try_populate(const struct room *r)
{
    return vm_populate(r->pages, r->page);
}

static bool try_guard(const struct room *r)
{
    return vm_guard_install(r->pages, r->page) && vm_guard_remove(r->pages, r->page);
}

static bool try_grow(const struct room *r)
{
    return vm_grow(r->pages, 4 * r->page, 4 * r->page) != NULL;
}

static bool try_move(const struct room *r)
{
    return vm_move(r->pages, r->base, r->page);
}

static bool try_move_keep(const struct room *r)
{
    return vm_move_keep(r->pages, r->base, r->page);
}

static const struct attempt {
    const char *name;
    bool (*run)(const struct room *r);
    int min_calls; // that the path taken is the long one
    bool optional; // a kernel may not know it
    int questions; // calls at the start that only ask: refused, the work goes on
} attempts[] = {
    {"reserve_with_trimming", try_reserve, 4, false, 0},
    {"map_with_trimming", try_map, 4, false, 0},
    {"map_readonly_with_trimming", try_map_readonly, 4, false, 0},
    {"commit", try_commit, 1, false, 0},
    {"decommit", try_decommit, 1, false, 0},
    {"purge", try_purge, 1, false, 0},
    {"protect", try_protect, 1, false, 0},
    {"release", try_release, 2, false, 0},
    {"populate", try_populate, 1, true, 0},
    {"guard", try_guard, 2, true, 0},
    {"grow", try_grow, 1, false, 0},
    {"move", try_move, 1, false, 0},
    {"move_keep", try_move_keep, 2, true, 1},
};

enum {
    ATTEMPT_COUNT = sizeof(attempts) / sizeof(attempts[0])
};

static struct room make_room(void)
{
    size_t page = vm_page_size();
    struct room r = {.base = vm_reserve(8 * page, page), .page = page};

    assert_non_null(r.base);
    r.pages = r.base + 2 * page;
    assert_true(vm_commit(r.pages, 4 * page));
    memset(r.pages, 7, 4 * page);
    return r;
}

enum outcome {
    NOT_REACHED, // the attempt made fewer calls than that and succeeded
    CLEAN,
    LEAKED
};

static enum outcome fail_call(const struct attempt *a, int n, int error)
{
    size_t before = mapped_bytes();
    struct room r = make_room();

    failure = error;
    failed_number = -1;
    countdown = n;
    bool done = a->run(&r);

    countdown = 0;
    if (failed_number == -1) {
        assert_true(done);
        assert_true(vm_release(r.base, 8 * r.page));
        return NOT_REACHED;
    }
    assert_int_equal(done, n <= a->questions);
    // A range that could not be unmapped is still there, and nobody's fault.
    if (failed_number == SYS_munmap && failed_args[0] != (long)(r.pages + 2 * r.page)) {
        syscall_real(SYS_munmap, (long[6]){failed_args[0], failed_args[1]});
    }
    // Where the guard could not be removed the first page still faults.
    for (size_t i = a->run == try_guard ? r.page : 0; !done && i < 2 * r.page; i++) {
        assert_int_equal(r.pages[i], 7);
    }
    assert_true(vm_release(r.base, 8 * r.page));
    return mapped_bytes() == before ? CLEAN : LEAKED;
}

static void each_failing_call_is_reported_and_nothing_leaks(void **state)
{
    const struct attempt *a = &attempts[(uintptr_t)*state];
    static const int errors[] = {ENOMEM, EAGAIN, EPERM};
    struct room r = make_room();
    bool known = a->run(&r);

    // What is learnt at the first use has now been learnt.
    assert_true(vm_release(r.base, 8 * r.page));
    if (!known) {
        assert_true(a->optional);
        return;
    }
    for (size_t e = 0; e < sizeof(errors) / sizeof(errors[0]); e++) {
        int n = 1, leaks = 0;
        enum outcome outcome;

        // A sanitizer may map something for itself now and then; a leak of
        // ours comes every time.
        while ((outcome = fail_call(a, n, errors[e])) != NOT_REACHED) {
            leaks = outcome == LEAKED ? leaks + 1 : 0;
            n += outcome == CLEAN;
            assert_true(leaks < 3 && n < 20);
        }
        assert_true(n > a->min_calls);
    }
}

static void public_calls_name_their_failure(void **state)
{
    size_t page = vm_page_size();
    struct ikyo_vm_region region, none;

    (void)state;
    failure = ENOMEM;
    countdown = 1;
    assert_int_equal(ikyo_vm_reserve(page, 1, &none), IKYO_VM_RESERVE_FAILED);
    assert_null(none.base);
    assert_false(none.reserved);
    assert_int_equal(ikyo_vm_reserve(2 * page, 1, &region), IKYO_VM_OK);
    countdown = 1;
    assert_int_equal(ikyo_vm_commit(&region, 0, page), IKYO_VM_COMMIT_FAILED);
    countdown = 1;
    assert_int_equal(ikyo_vm_decommit(&region, 0, page), IKYO_VM_COMMIT_FAILED);
    countdown = 1;
    assert_int_equal(ikyo_vm_protect(&region, 0, page, IKYO_VM_READ), IKYO_VM_PROTECT_FAILED);
    countdown = 1;
    assert_int_equal(ikyo_vm_advise_huge(&region, 0, page, true), IKYO_VM_OK);
    countdown = 1;
    assert_int_equal(ikyo_vm_release(&region), IKYO_VM_RELEASE_FAILED);
    assert_true(region.reserved);
    assert_int_equal(ikyo_vm_release(&region), IKYO_VM_OK);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(public_calls_name_their_failure),
    };
    struct CMUnitTest tests[ATTEMPT_COUNT];

    for (int i = 0; i < ATTEMPT_COUNT; i++) {
        tests[i] = (struct CMUnitTest){.name = attempts[i].name,
                                       .test_func = each_failing_call_is_reported_and_nothing_leaks,
                                       .initial_state = (void *)(uintptr_t)i};
    }
    int failed = cmocka_run_group_tests_name("failures", tests, NULL, NULL);

    return failed + cmocka_run_group_tests_name("public", others, NULL, NULL);
}
