// SPDX-License-Identifier: MIT
// The page contract of vm/vm.h as checks that run on any system.
//
// A check answers NULL, or the sentence that turned out false. The program
// that includes this brings what only the system can tell: whether an access
// faults, and what the system's file promises beyond the common part.
#ifndef UNIT_VM_CONTRACT_H
#define UNIT_VM_CONTRACT_H

#include "vm/vm.h"

#include <stdint.h>
#include <string.h>

struct vm_system {
    bool (*can_read)(volatile char *addr);
    bool (*can_write)(volatile char *addr); // leaves 1 at addr
    bool moves;                             // vm_move and vm_move_keep work
};

struct vm_check {
    const char *name;
    const char *(*run)(const struct vm_system *sys);
};

#define VM_EXPECT(condition)                                                                       \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            return #condition;                                                                     \
        }                                                                                          \
    } while (false)

static inline bool vm_reads_only(const char *addr, size_t size, char value)
{
    for (size_t i = 0; i < size; i++) {
        if (addr[i] != value) {
            return false;
        }
    }
    return true;
}

static inline const char *vm_page_size_is_a_sane_power_of_two(const struct vm_system *sys)
{
    size_t page = vm_page_size();

    (void)sys;
    VM_EXPECT(page >= 4096 && page <= 65536);
    VM_EXPECT((page & (page - 1)) == 0);
    VM_EXPECT(vm_granularity() >= page && vm_granularity() % page == 0);
    return NULL;
}

static inline const char *vm_reserve_is_aligned_and_faults(const struct vm_system *sys)
{
    size_t page = vm_page_size();

    for (size_t alignment = page; alignment <= (size_t)64 << 20; alignment *= 2) {
        char *base = vm_reserve(3 * page, alignment);

        VM_EXPECT(base != NULL);
        VM_EXPECT((uintptr_t)base % alignment == 0);
        VM_EXPECT(!sys->can_read(base));
        VM_EXPECT(!sys->can_write(base + 3 * page - 1));
        VM_EXPECT(vm_release(base, 3 * page));
    }
    return NULL;
}

static inline const char *vm_reserve_of_too_much_returns_null(const struct vm_system *sys)
{
    size_t page = vm_page_size();

    (void)sys;
    VM_EXPECT(vm_reserve(SIZE_MAX - page + 1, page) == NULL);
    VM_EXPECT(vm_reserve(SIZE_MAX / 2 + 1, SIZE_MAX / 2 + 1) == NULL);
    VM_EXPECT(vm_map(SIZE_MAX / 2 + 1, SIZE_MAX / 2 + 1) == NULL);
    return NULL;
}

static inline const char *vm_commit_gives_zero_pages_and_no_more(const struct vm_system *sys)
{
    size_t page = vm_page_size();
    char *base = vm_reserve(8 * page, page);

    VM_EXPECT(base != NULL);
    VM_EXPECT(vm_commit(base + 2 * page, 3 * page));
    VM_EXPECT(!sys->can_read(base + 2 * page - 1));
    VM_EXPECT(!sys->can_read(base + 5 * page));
    VM_EXPECT(vm_reads_only(base + 2 * page, 3 * page, 0));
    VM_EXPECT(sys->can_write(base + 2 * page));
    VM_EXPECT(sys->can_write(base + 5 * page - 1));
    VM_EXPECT(vm_release(base, 8 * page));
    return NULL;
}

static inline const char *vm_commit_twice_keeps_contents(const struct vm_system *sys)
{
    size_t page = vm_page_size();
    char *base = vm_reserve(4 * page, page);

    VM_EXPECT(base != NULL);
    VM_EXPECT(vm_commit(base + page, page));
    memset(base + page, 7, page);
    VM_EXPECT(vm_commit(base, 4 * page));
    VM_EXPECT(vm_reads_only(base, page, 0));
    VM_EXPECT(vm_reads_only(base + page, page, 7));
    VM_EXPECT(sys->can_write(base + 3 * page));
    VM_EXPECT(vm_release(base, 4 * page));
    return NULL;
}

static inline const char *vm_decommit_faults_until_commit_gives_zeros(const struct vm_system *sys)
{
    size_t page = vm_page_size();
    char *base = vm_reserve(4 * page, page);

    VM_EXPECT(base != NULL && vm_commit(base, 4 * page));
    memset(base, 7, 4 * page);
    VM_EXPECT(vm_decommit(base + page, 2 * page));
    VM_EXPECT(!sys->can_read(base + page));
    VM_EXPECT(!sys->can_write(base + 3 * page - 1));
    VM_EXPECT(vm_reads_only(base, page, 7));
    VM_EXPECT(vm_reads_only(base + 3 * page, page, 7));
    VM_EXPECT(vm_decommit(base + page, 2 * page));
    VM_EXPECT(vm_commit(base + page, 2 * page));
    VM_EXPECT(vm_reads_only(base + page, 2 * page, 0));
    VM_EXPECT(sys->can_write(base + page));
    VM_EXPECT(vm_release(base, 4 * page));
    return NULL;
}

static inline const char *vm_map_gives_aligned_zero_pages(const struct vm_system *sys)
{
    size_t page = vm_page_size();

    for (size_t alignment = page; alignment <= (size_t)64 << 20; alignment *= 4) {
        char *base = vm_map(5 * page, alignment);

        VM_EXPECT(base != NULL);
        VM_EXPECT((uintptr_t)base % alignment == 0);
        VM_EXPECT(vm_reads_only(base, 5 * page, 0));
        VM_EXPECT(sys->can_write(base) && sys->can_write(base + 5 * page - 1));
        VM_EXPECT(vm_release(base, 5 * page));
    }
    return NULL;
}

static inline const char *vm_map_readonly_is_writable_where_committed(const struct vm_system *sys)
{
    size_t page = vm_page_size();
    char *base = vm_map_readonly(4 * page, 4 * page);

    VM_EXPECT(base != NULL);
    VM_EXPECT((uintptr_t)base % (4 * page) == 0);
    VM_EXPECT(vm_reads_only(base, 4 * page, 0));
    VM_EXPECT(!sys->can_write(base));
    VM_EXPECT(vm_commit(base + page, page));
    VM_EXPECT(vm_reads_only(base, 4 * page, 0));
    VM_EXPECT(sys->can_write(base + page) && sys->can_write(base + 2 * page - 1));
    VM_EXPECT(!sys->can_write(base + page - 1) && !sys->can_write(base + 2 * page));
    VM_EXPECT(vm_release(base, 4 * page));
    return NULL;
}

static inline const char *vm_protect_keeps_contents(const struct vm_system *sys)
{
    size_t page = vm_page_size();
    char *base = vm_map(3 * page, page);

    VM_EXPECT(base != NULL);
    memset(base, 7, 3 * page);
    VM_EXPECT(vm_protect(base + page, page, IKYO_VM_NO_ACCESS));
    VM_EXPECT(!sys->can_read(base + page) && !sys->can_write(base + page));
    VM_EXPECT(vm_protect(base + page, page, IKYO_VM_READ));
    VM_EXPECT(sys->can_read(base + page) && !sys->can_write(base + page));
    VM_EXPECT(vm_reads_only(base, 3 * page, 7));
    VM_EXPECT(vm_protect(base + page, page, IKYO_VM_READ_WRITE));
    VM_EXPECT(sys->can_write(base + page));
    VM_EXPECT(vm_reads_only(base + page + 1, page - 1, 7));
    VM_EXPECT(vm_protect(base + page, page, IKYO_VM_NO_ACCESS) && vm_commit(base, 3 * page));
    VM_EXPECT(sys->can_write(base + page));
    VM_EXPECT(vm_release(base, 3 * page));
    return NULL;
}

static inline const char *vm_purge_leaves_accessible_zeros(const struct vm_system *sys)
{
    size_t page = vm_page_size();
    char *base = vm_map(4 * page, page);

    VM_EXPECT(base != NULL);
    memset(base, 7, 4 * page);
    VM_EXPECT(!vm_is_locked(base + 3 * page, page));
    memset(base, 7, 4 * page);
    VM_EXPECT(vm_purge(base + page, 2 * page));
    VM_EXPECT(vm_reads_only(base, page, 7));
    VM_EXPECT(vm_reads_only(base + page, 2 * page, 0));
    VM_EXPECT(vm_reads_only(base + 3 * page, page, 7));
    VM_EXPECT(sys->can_write(base + page));
    VM_EXPECT(vm_release(base, 4 * page));
    return NULL;
}

static inline const char *vm_release_gives_back_what_it_may(const struct vm_system *sys)
{
    size_t page = vm_page_size();
    char *base = vm_map(3 * page, page);

    VM_EXPECT(base != NULL);
    VM_EXPECT(vm_release(base + page, page) == vm_can_release_parts());
    VM_EXPECT(sys->can_read(base + page) == !vm_can_release_parts());
    VM_EXPECT(sys->can_write(base) && sys->can_write(base + 2 * page));
    VM_EXPECT(vm_release(base, 3 * page));
    VM_EXPECT(!sys->can_read(base) && !sys->can_read(base + 2 * page));
    return NULL;
}

static inline const char *vm_hints_leave_contents_alone(const struct vm_system *sys)
{
    size_t size = (size_t)4 << 20;
    char *base = vm_map(size, size / 2);

    VM_EXPECT(base != NULL);
    base[0] = base[size - 1] = 7;
    vm_advise_huge(base, size, true);
    vm_exclude_from_core(base, size, true);
    (void)vm_populate(base, size);
    vm_advise_huge(base, size, false);
    vm_exclude_from_core(base, size, false);
    VM_EXPECT(base[0] == 7 && base[size - 1] == 7);
    VM_EXPECT(vm_reads_only(base + 1, size - 2, 0));
    VM_EXPECT(sys->can_write(base + size / 2));
    VM_EXPECT(vm_release(base, size));
    return NULL;
}

static inline const char *vm_guard_faults_where_it_is_promised(const struct vm_system *sys)
{
    size_t page = vm_page_size();
    char *base = vm_map(3 * page, page);
    bool guarded;

    VM_EXPECT(base != NULL);
    memset(base, 7, 3 * page);
    guarded = vm_guard_install(base + page, page);
    VM_EXPECT(sys->can_read(base + page) == !guarded);
    VM_EXPECT(sys->can_write(base + page) == !guarded);
    VM_EXPECT(sys->can_read(base + page - 1) && sys->can_read(base + 2 * page));
    VM_EXPECT(vm_guard_remove(base + page, page) == guarded);
    VM_EXPECT(sys->can_write(base + page));
    VM_EXPECT(vm_reads_only(base + page + 1, page - 1, guarded ? 0 : 7));
    VM_EXPECT(vm_release(base, 3 * page));
    return NULL;
}

static inline const char *vm_grow_stays_in_place(const struct vm_system *sys)
{
    size_t page = vm_page_size();
    char *base = vm_map(4 * page, page);

    VM_EXPECT(base != NULL);
    if (!vm_can_release_parts()) {
        VM_EXPECT(vm_grow(base, 4 * page, 5 * page) == NULL);
        VM_EXPECT(vm_release(base, 4 * page));
        return NULL;
    }
    VM_EXPECT(vm_protect(base, page, IKYO_VM_READ));
    base += page;
    memset(base, 7, 3 * page);
    VM_EXPECT(vm_release(base + 2 * page, page));
    VM_EXPECT(vm_grow(base, 2 * page, 3 * page) == base);
    VM_EXPECT(vm_reads_only(base, 2 * page, 7));
    VM_EXPECT(vm_reads_only(base + 2 * page, page, 0));
    VM_EXPECT(sys->can_write(base + 3 * page - 1));
    VM_EXPECT(vm_grow(base - page, page, 2 * page) == NULL);
    VM_EXPECT(vm_release(base - page, 4 * page));
    return NULL;
}

static inline const char *vm_move_takes_the_pages_along(const struct vm_system *sys)
{
    size_t page = vm_page_size();
    char *from = vm_map(2 * page, page);
    char *to = vm_reserve(4 * page, page);

    VM_EXPECT(from != NULL && to != NULL);
    memset(from, 7, 2 * page);
    VM_EXPECT(vm_move(from, to + page, 2 * page) == sys->moves);
    if (sys->moves) {
        VM_EXPECT(!sys->can_read(from));
        VM_EXPECT(vm_reads_only(to + page, 2 * page, 7));
        VM_EXPECT(sys->can_write(to + page));
        VM_EXPECT(!sys->can_read(to) && !sys->can_read(to + 3 * page));
    } else {
        VM_EXPECT(vm_reads_only(from, 2 * page, 7));
        VM_EXPECT(vm_release(from, 2 * page));
    }
    VM_EXPECT(vm_release(to, 4 * page));
    return NULL;
}

static inline const char *vm_move_keep_leaves_zeros_behind(const struct vm_system *sys)
{
    size_t page = vm_page_size();
    char *from = vm_map(2 * page, page);
    char *to = vm_reserve(2 * page, page);

    VM_EXPECT(from != NULL && to != NULL);
    memset(from, 7, 2 * page);
    VM_EXPECT(vm_move_keep(from, to, 2 * page) == sys->moves);
    VM_EXPECT(vm_reads_only(from, 2 * page, sys->moves ? 0 : 7));
    VM_EXPECT(sys->can_write(from + page));
    VM_EXPECT(!sys->moves || vm_reads_only(to, 2 * page, 7));
    VM_EXPECT(vm_release(from, 2 * page));
    VM_EXPECT(vm_release(to, 2 * page));
    return NULL;
}

static const struct vm_check vm_checks[] = {
    {"page_size_is_a_sane_power_of_two", vm_page_size_is_a_sane_power_of_two},
    {"reserve_is_aligned_and_faults", vm_reserve_is_aligned_and_faults},
    {"reserve_of_too_much_returns_null", vm_reserve_of_too_much_returns_null},
    {"commit_gives_zero_pages_and_no_more", vm_commit_gives_zero_pages_and_no_more},
    {"commit_twice_keeps_contents", vm_commit_twice_keeps_contents},
    {"decommit_faults_until_commit_gives_zeros", vm_decommit_faults_until_commit_gives_zeros},
    {"map_gives_aligned_zero_pages", vm_map_gives_aligned_zero_pages},
    {"map_readonly_is_writable_where_committed", vm_map_readonly_is_writable_where_committed},
    {"protect_keeps_contents", vm_protect_keeps_contents},
    {"purge_leaves_accessible_zeros", vm_purge_leaves_accessible_zeros},
    {"release_gives_back_what_it_may", vm_release_gives_back_what_it_may},
    {"hints_leave_contents_alone", vm_hints_leave_contents_alone},
    {"guard_faults_where_it_is_promised", vm_guard_faults_where_it_is_promised},
    {"grow_stays_in_place", vm_grow_stays_in_place},
    {"move_takes_the_pages_along", vm_move_takes_the_pages_along},
    {"move_keep_leaves_zeros_behind", vm_move_keep_leaves_zeros_behind},
};

enum {
    VM_CHECK_COUNT = sizeof(vm_checks) / sizeof(vm_checks[0])
};

#endif
