// SPDX-License-Identifier: MIT
// The page contract on Linux, and what only Linux promises: pinned pages, and
// the answers for requests that a kernel does not know.
#include "fault_probe.h"
#include "syscall_stand_in.h"
#include "vm_contract.h"

#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct vm_system linux_system = {
    .can_read = fault_probe_read,
    .can_write = fault_probe_write,
    .moves = true,
};

enum kernel {
    KERNEL_AS_IT_IS,
    KERNEL_OLD,       // knows no advice above MADV_DODUMP and no DONTUNMAP
    KERNEL_EMULATED   // answers "done" to advice it does not know
};

enum {
    FIRST_NEW_ADVICE = 20,
    GUARD_INSTALL = 102,
    DONTUNMAP = 4
};

static enum kernel kernel;
static int calls;

// The tests lock pages through it too: sanitizers make mlock do nothing.
long syscall(long number, ...)
{
    long a[6];
    va_list list;

    va_start(list, number);
    syscall_arguments(number, list, a);
    va_end(list);
    calls++;
    bool strange = (number == SYS_madvise && (a[2] >= FIRST_NEW_ADVICE || a[2] < 0))
                   || (number == SYS_mremap && (a[3] & DONTUNMAP) != 0);

    if (strange && kernel == KERNEL_EMULATED) {
        return 0;
    }
    if (strange && kernel == KERNEL_OLD) {
        errno = EINVAL;
        return -1;
    }
    return syscall_real(number, a);
}

// What a kernel cannot do is remembered for the life of a process, so each
// kernel gets a process of its own. The exit status is the line that failed.
static void run_on(enum kernel which, int (*body)(void))
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        kernel = which;
        _exit(body());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#define CHILD_EXPECT(condition)                                                                    \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            return __LINE__ % 255 + 1;                                                             \
        }                                                                                          \
    } while (false)

static void contract_check_finds_nothing_wrong(void **state)
{
    const struct vm_check *check = &vm_checks[(uintptr_t)*state];
    const char *wrong = check->run(&linux_system);

    if (wrong != NULL) {
        fail_msg("%s: not true: %s", check->name, wrong);
    }
}

static void page_size_before_and_after_init_is_the_systems(void **state)
{
    (void)state;
    assert_int_equal(vm_page_size(), (size_t)sysconf(_SC_PAGESIZE));
    vm_init(os_page_size());
    assert_int_equal(vm_page_size(), (size_t)sysconf(_SC_PAGESIZE));
}

static size_t address_space(void)
{
    char text[64] = "";
    int file = open("/proc/self/statm", O_RDONLY);

    assert_true(file >= 0);
    assert_true(read(file, text, sizeof(text) - 1) > 0);
    close(file);
    return strtoull(text, NULL, 10) * vm_page_size();
}

static void aligned_mappings_leave_nothing_beside_them(void **state)
{
    size_t size = 3 * vm_page_size(), alignment = (size_t)64 << 20;
    size_t before = address_space();
    char *base[8];

    (void)state;
    for (int i = 0; i < 8; i++) {
        base[i] = i % 2 == 0 ? vm_reserve(size, alignment) : vm_map(size, alignment);
        assert_non_null(base[i]);
    }
    assert_in_range(address_space() - before, 8 * size, 8 * size + (1 << 20));
    for (int i = 0; i < 8; i++) {
        assert_true(vm_release(base[i], size));
    }
}

static void purge_of_locked_pages_gives_zeros(void **state)
{
    size_t page = vm_page_size();
    char *base = vm_map(2 * page, page);

    (void)state;
    assert_non_null(base);
    assert_int_equal(syscall(SYS_mlock, base, 2 * page), 0);
    assert_true(vm_is_locked(base, page));
    memset(base, 7, 2 * page);
    if (vm_purge(base, page)) {
        assert_true(vm_reads_only(base, page, 0));
    } else {
        assert_int_equal(madvise(base, page, 24), -1);
        assert_true(vm_reads_only(base, page, 7));
    }
    assert_true(vm_reads_only(base + page, page, 7));
    assert_true(vm_release(base, 2 * page));
}

static void guard_answer_is_the_kernels(void **state)
{
    size_t page = vm_page_size();
    char *base = vm_map(2 * page, page);

    (void)state;
    assert_non_null(base);
    bool known = madvise(base, page, GUARD_INSTALL) == 0 && !fault_probe_read(base);

    assert_int_equal(vm_guard_install(base + page, page), known);
    assert_int_equal(fault_probe_read(base + page), !known);
    assert_true(vm_release(base, 2 * page));
}

static void populate_gives_memory_at_once(void **state)
{
    size_t page = vm_page_size();
    char *base = vm_map(16 * page, page);
    unsigned char present[16];

    (void)state;
    assert_non_null(base);
    vm_advise_huge(base, 16 * page, false);
    if (vm_populate(base, 16 * page)) {
        assert_int_equal(mincore(base, 16 * page, present), 0);
        for (int i = 0; i < 16; i++) {
            assert_int_equal(present[i] & 1, 1);
        }
    }
    assert_true(vm_release(base, 16 * page));
}

// Also where the kernel refuses them only after it has unmapped the place.
static void pages_of_two_mappings_move_or_leave_the_place_alone(void **state)
{
    size_t page = vm_page_size();
    char *from = vm_map(4 * page, page);
    char *to = vm_reserve(4 * page, page);

    (void)state;
    assert_true(from != NULL && to != NULL);
    memset(from, 7, 4 * page);
    assert_true(vm_protect(from + 2 * page, 2 * page, IKYO_VM_READ));
    if (vm_move_keep(from, to, 4 * page)) {
        assert_true(vm_reads_only(to, 4 * page, 7));
    } else {
        assert_true(vm_reads_only(from, 4 * page, 7));
        assert_int_equal(msync(to, 4 * page, MS_ASYNC), 0); // which wants all of it mapped
    }
    assert_true(vm_release(from, 4 * page) && vm_release(to, 4 * page));
}

static void decommit_leaves_one_mapping_for_neighbours(void **state)
{
    size_t page = vm_page_size();
    char *base = vm_reserve(64 * page, page);

    (void)state;
    assert_non_null(base);
    assert_true(vm_commit(base + 8 * page, 8 * page));
    vm_advise_huge(base + 8 * page, 8 * page, false);
    vm_exclude_from_core(base + 8 * page, 8 * page, true);
    assert_true(vm_decommit(base + 8 * page, 8 * page));
    // mremap refuses to grow what is not one mapping from here to its end; to
    // "grow" to the same size only asks whether it is one.
    assert_ptr_equal(vm_grow(base, 64 * page, 64 * page), base);
    assert_true(vm_release(base, 64 * page));
}

static int old_kernel_body(void)
{
    size_t page = vm_page_size();
    char *base = vm_map(4 * page, page);
    char *to = vm_reserve(page, page);

    CHILD_EXPECT(base != NULL && to != NULL && syscall(SYS_mlock, base + 3 * page, page) == 0);
    memset(base, 7, 4 * page);
    for (int round = 0; round < 2; round++) {
        int before = calls;

        CHILD_EXPECT(!vm_populate(base, page));
        CHILD_EXPECT(!vm_guard_install(base, page));
        CHILD_EXPECT(!vm_guard_remove(base, page));
        CHILD_EXPECT(!vm_move_keep(base, to, page));
        CHILD_EXPECT(!vm_purge(base + 3 * page, page));
        CHILD_EXPECT(vm_reads_only(base, 4 * page, 7));
        // What was learnt is not asked again; DONTNEED itself always is.
        CHILD_EXPECT(round == 0 ? calls > before + 5 : calls == before + 1);
    }
    CHILD_EXPECT(vm_purge(base, page) && vm_reads_only(base, page, 0));
    CHILD_EXPECT(vm_move(base + page, to, page) && vm_reads_only(to, page, 7));
    return 0;
}

static void old_kernel_is_asked_only_once(void **state)
{
    (void)state;
    run_on(KERNEL_OLD, old_kernel_body);
}

static int emulated_kernel_body(void)
{
    size_t page = vm_page_size();
    char *base = vm_map(page, page);

    CHILD_EXPECT(base != NULL);
    CHILD_EXPECT(!vm_guard_install(base, page));
    CHILD_EXPECT(!vm_guard_install(base, page));
    CHILD_EXPECT(fault_probe_read(base));
    return 0;
}

static void guard_that_is_only_an_answer_is_not_believed(void **state)
{
    (void)state;
    run_on(KERNEL_EMULATED, emulated_kernel_body);
}

static int refused_guard_body(void)
{
    size_t page = vm_page_size();
    char *base = vm_map(2 * page, page);
    bool known = madvise(base, page, GUARD_INSTALL) == 0;

    CHILD_EXPECT(syscall(SYS_mlock, base + page, page) == 0);
    CHILD_EXPECT(!vm_guard_install(base + page, page));
    CHILD_EXPECT(syscall(SYS_munlock, base + page, page) == 0);
    CHILD_EXPECT(vm_guard_install(base + page, page) == known);
    return 0;
}

static void guard_refused_for_one_page_is_tried_for_the_next(void **state)
{
    (void)state;
    run_on(KERNEL_AS_IT_IS, refused_guard_body);
}

int main(void)
{
    static const struct CMUnitTest kernels[] = {
        cmocka_unit_test(old_kernel_is_asked_only_once),
        cmocka_unit_test(guard_that_is_only_an_answer_is_not_believed),
        cmocka_unit_test(guard_refused_for_one_page_is_tried_for_the_next),
    };
    static const struct CMUnitTest own[] = {
        cmocka_unit_test(page_size_before_and_after_init_is_the_systems),
        cmocka_unit_test(aligned_mappings_leave_nothing_beside_them),
        cmocka_unit_test(purge_of_locked_pages_gives_zeros),
        cmocka_unit_test(guard_answer_is_the_kernels),
        cmocka_unit_test(populate_gives_memory_at_once),
        cmocka_unit_test(decommit_leaves_one_mapping_for_neighbours),
        cmocka_unit_test(pages_of_two_mappings_move_or_leave_the_place_alone),
    };
    struct CMUnitTest contract[VM_CHECK_COUNT];

    for (int i = 0; i < VM_CHECK_COUNT; i++) {
        contract[i] = (struct CMUnitTest){.name = vm_checks[i].name,
                                          .test_func = contract_check_finds_nothing_wrong,
                                          .initial_state = (void *)(uintptr_t)i};
    }
    // Other kernels come first, while nothing is known of this one.
    int failed = cmocka_run_group_tests_name("kernels", kernels, NULL, NULL);

    failed += cmocka_run_group_tests_name("contract", contract, NULL, NULL);
    return failed + cmocka_run_group_tests_name("linux", own, NULL, NULL);
}
