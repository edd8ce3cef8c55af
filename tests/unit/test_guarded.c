// SPDX-License-Identifier: MIT
// Pages that fault unless they are opened, with guards of the kernel's and without.
#include "debug/guarded.h"

#include "vm/charge.h"

#include "core.h"
#include "core_syscall.h"
#include "fault_probe.h"

enum { LAST = GUARDED_PAGES - 1 };

static size_t committed(void)
{
    struct charge_totals totals;

    charge_totals_get(&totals);
    return totals.committed[CHARGE_METADATA];
}

static size_t reserved(void)
{
    struct charge_totals totals;

    charge_totals_get(&totals);
    return totals.reserved;
}

static void make(void)
{
    core_start_pages(os_page_size());
    require(guarded_make());
}

// As a kernel that has no guards.
static void refuse_guards(void)
{
    atomic_store(&core_failing.number, SYS_madvise);
    atomic_store(&core_failing.all, true);
}

static void range_owns_its_own_pages_only(void)
{
    int local;

    core_start_pages(os_page_size());
    require(!guarded_owns(NULL) && !guarded_owns(&local) && !guarded_owns((void *)UINTPTR_MAX));
    require(guarded_make());
    require(!guarded_owns(NULL) && !guarded_owns(&local) && !guarded_owns((void *)UINTPTR_MAX));
    require(guarded_owns(guarded_page(0)) && !guarded_owns(guarded_page(0) - 1));
    require(guarded_owns(guarded_page(LAST) + vm_page_size() - 1));
    require(!guarded_owns(guarded_page(GUARDED_PAGES)));
    for (size_t i = 0; i < GUARDED_PAGES; i++) {
        require_equal(guarded_page_of(guarded_page(i)), i);
        require_equal(guarded_page_of(guarded_page(i) + vm_page_size() - 1), i);
    }
    require(guarded_make());
    require_equal(reserved(), GUARDED_PAGES * vm_page_size());
}

static void only_open_pages_are_accessible_and_charged(void)
{
    require_equal(committed(), 0);
    for (size_t i = 0; i < GUARDED_PAGES; i += 3) {
        require(!guarded_is_open(i) && guarded_open(i) && guarded_is_open(i));
        require(fault_probe_write(guarded_page(i)));
        require(i == 0 || !fault_probe_read(guarded_page(i) - 1));
        require(i == LAST || !fault_probe_read(guarded_page(i + 1)));
        require_equal(committed(), (i / 3 + 1) * vm_page_size());
    }
    for (size_t i = 0; i < GUARDED_PAGES; i += 3) {
        guarded_close(i);
        require(!guarded_is_open(i) && !fault_probe_read(guarded_page(i)));
    }
    require_equal(committed(), 0);
}

static void pages_of_any_size_open_and_close(void)
{
    core_start_pages(16 * os_page_size());
    require(guarded_make());
    only_open_pages_are_accessible_and_charged();
}

static void pages_open_and_close_without_kernel_guards(void)
{
    refuse_guards();
    make();
    require(atomic_load(&core_failed) > 0);
    only_open_pages_are_accessible_and_charged();
}

static void page_reads_zero_when_opened_again(void)
{
    require(guarded_open(5));
    memset(guarded_page(5), 1, vm_page_size());
    require(guarded_open(5));
    require(core_reads_only(guarded_page(5), vm_page_size(), 1));
    require_equal(committed(), vm_page_size());
    guarded_close(5);
    require(guarded_open(5));
    require(core_reads_only(guarded_page(5), vm_page_size(), 0));
}

static void reopened_page_is_zero(void)
{
    make();
    page_reads_zero_when_opened_again();
}

static void reopened_page_is_zero_without_kernel_guards(void)
{
    refuse_guards();
    make();
    page_reads_zero_when_opened_again();
}

// A page is locked, say, after the range was made.
static void page_that_gets_no_guard_is_closed_all_the_same(void)
{
    make();
    require(guarded_open(5));
    memset(guarded_page(5), 1, vm_page_size());
    refuse_guards();
    guarded_close(5);
    require(!guarded_is_open(5) && !fault_probe_read(guarded_page(5)));
    require(guarded_open(5));
    require(core_reads_only(guarded_page(5), vm_page_size(), 0));
    atomic_store(&core_failing.all, false);
    guarded_close(5);
    require(guarded_open(5) && fault_probe_write(guarded_page(5)));
}

static void page_stays_open_when_closing_is_refused(void)
{
    make();
    require(guarded_open(5));
    guarded_page(5)[0] = 1;
    atomic_store(&core_failing.all, true);
    guarded_close(5);
    require(guarded_is_open(5) && guarded_page(5)[0] == 1);
    require_equal(committed(), vm_page_size());
    atomic_store(&core_failing.all, false);
    guarded_close(5);
    require(!guarded_is_open(5));
    require_equal(committed(), 0);
}

static void page_stays_closed_when_opening_is_refused(void)
{
    make();
    atomic_store(&core_failing.all, true);
    require(!guarded_open(5));
    require(!guarded_is_open(5) && !fault_probe_read(guarded_page(5)));
    require_equal(committed(), 0);
}

static int refused_call;

static void make_with_refused_call(void)
{
    core_start_pages(os_page_size());
    atomic_store(&core_failing.countdown, refused_call);
    if (!guarded_make()) {
        require_equal(refused_call, 1);
        require(!guarded_owns(guarded_page(0)));
        require_equal(reserved(), 0);
        require(guarded_make());
    }
    require_equal(atomic_load(&core_failed), 1);
    require_equal(reserved(), GUARDED_PAGES * vm_page_size());
    only_open_pages_are_accessible_and_charged();
}

// The address space, the access to it, and the guards: it needs no more than the first.
static void refused_call_when_range_is_made_leaves_pages_that_work(void **state)
{
    (void)state;
    for (refused_call = 1; refused_call <= 3; refused_call++) {
        struct child child = core_child(make_with_refused_call);

        assert_string_equal(child.text, "");
        assert_int_equal(child.status, 0);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(range_owns_its_own_pages_only),
        alone(pages_of_any_size_open_and_close),
        alone(pages_open_and_close_without_kernel_guards),
        alone(reopened_page_is_zero),
        alone(reopened_page_is_zero_without_kernel_guards),
        alone(page_that_gets_no_guard_is_closed_all_the_same),
        alone(page_stays_open_when_closing_is_refused),
        alone(page_stays_closed_when_opening_is_refused),
        cmocka_unit_test(refused_call_when_range_is_made_leaves_pages_that_work),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
