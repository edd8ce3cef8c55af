// SPDX-License-Identifier: MIT
// The public page calls as an application sees them: every parameter that is
// wrong is refused, and everything else does what the header says.
#include "ikyoalloc/vm.h"

#include "fault_probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct ikyo_vm_region reserve(size_t pages)
{
    struct ikyo_vm_region region;

    assert_int_equal(ikyo_vm_reserve(pages * ikyo_vm_page_size(), 1, &region), IKYO_VM_OK);
    return region;
}

static void sizes_of_the_system_are_powers_of_two(void **state)
{
    size_t page = ikyo_vm_page_size(), granularity = ikyo_vm_allocation_granularity();

    (void)state;
    assert_int_equal(page, (size_t)sysconf(_SC_PAGESIZE));
    assert_true(granularity >= page);
    assert_int_equal(granularity & (granularity - 1), 0);
}

static void error_text_is_distinct_for_every_value(void **state)
{
    (void)state;
    for (int i = IKYO_VM_OK; i <= IKYO_VM_INVALID_PARAMETERS + 1; i++) {
        const char *text = ikyo_vm_error_text((enum ikyo_vm_error)i);

        assert_non_null(text);
        assert_true(strlen(text) > 5);
        for (int j = IKYO_VM_OK; j < i; j++) {
            assert_string_not_equal(text, ikyo_vm_error_text((enum ikyo_vm_error)j));
        }
    }
    assert_string_equal(ikyo_vm_error_text((enum ikyo_vm_error)77), "unknown error");
}

static void align_rounds_or_returns_zero(void **state)
{
    static const struct {
        size_t value, alignment, up, down;
    } rows[] = {
        {0, 1, 0, 0},
        {0, 4096, 0, 0},
        {1, 1, 1, 1},
        {1, 16, 16, 0},
        {16, 16, 16, 16},
        {17, 16, 32, 16},
        {4097, 4096, 8192, 4096},
        {SIZE_MAX, 1, SIZE_MAX, SIZE_MAX},
        {SIZE_MAX - 15, 16, SIZE_MAX - 15, SIZE_MAX - 15},
        {SIZE_MAX - 14, 16, 0, SIZE_MAX - 15},
        {SIZE_MAX, SIZE_MAX / 2 + 1, 0, SIZE_MAX / 2 + 1},
        {100, 0, 0, 0},
        {100, 24, 0, 0},
        {100, SIZE_MAX, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(ikyo_align_up(rows[i].value, rows[i].alignment), rows[i].up);
        assert_int_equal(ikyo_align_down(rows[i].value, rows[i].alignment), rows[i].down);
    }
}

static void reserve_refuses_invalid_parameters(void **state)
{
    static const struct {
        size_t size, alignment;
    } rows[] = {
        {0, 1}, {0, 4096}, {SIZE_MAX, 1}, {4096, 0}, {4096, 3}, {4096, 4095}, {4096, SIZE_MAX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ikyo_vm_region region = {.base = &region, .size = 1, .page_size = 1,
                                        .reserved = true};

        assert_int_equal(ikyo_vm_reserve(rows[i].size, rows[i].alignment, &region),
                         IKYO_VM_INVALID_PARAMETERS);
        assert_null(region.base);
        assert_int_equal(region.size, 0);
        assert_false(region.reserved);
    }
    assert_int_equal(ikyo_vm_reserve(4096, 1, NULL), IKYO_VM_INVALID_PARAMETERS);
}

static void reserve_of_what_cannot_be_fails(void **state)
{
    struct ikyo_vm_region region;

    (void)state;
    assert_int_equal(ikyo_vm_reserve(SIZE_MAX - ikyo_vm_page_size(), 1, &region),
                     IKYO_VM_RESERVE_FAILED);
    assert_int_equal(ikyo_vm_reserve(SIZE_MAX / 2 + 1, SIZE_MAX / 2 + 1, &region),
                     IKYO_VM_RESERVE_FAILED);
    assert_false(region.reserved);
}

static void reserve_rounds_size_and_meets_alignment(void **state)
{
    size_t page = ikyo_vm_page_size();

    (void)state;
    for (size_t alignment = 1; alignment <= (size_t)256 << 20; alignment *= 2) {
        struct ikyo_vm_region region;

        assert_int_equal(ikyo_vm_reserve(page + 1, alignment, &region), IKYO_VM_OK);
        assert_true(region.reserved);
        assert_int_equal(region.size, 2 * page);
        assert_int_equal(region.page_size, page);
        assert_int_equal((uintptr_t)region.base % alignment, 0);
        assert_int_equal((uintptr_t)region.base % page, 0);
        assert_false(fault_probe_read(region.base));
        assert_int_equal(ikyo_vm_release(&region), IKYO_VM_OK);
    }
}

enum part_call {
    COMMIT,
    DECOMMIT,
    PROTECT,
    ADVISE,
    PART_CALLS
};

static enum ikyo_vm_error call_part(enum part_call call, const struct ikyo_vm_region *region,
                                    size_t offset, size_t size)
{
    switch (call) {
    case COMMIT:
        return ikyo_vm_commit(region, offset, size);
    case DECOMMIT:
        return ikyo_vm_decommit(region, offset, size);
    case PROTECT:
        return ikyo_vm_protect(region, offset, size, IKYO_VM_READ);
    default:
        return ikyo_vm_advise_huge(region, offset, size, true);
    }
}

static void part_calls_refuse_invalid_ranges(void **state)
{
    struct ikyo_vm_region region = reserve(4);
    size_t page = region.page_size;
    const struct {
        size_t offset, size;
    } rows[] = {
        {0, 0},           {page, 0},
        {1, page},        {page / 2, page},
        {0, 1},           {0, page - 1},
        {0, page + 1},    {0, 5 * page},
        {4 * page, page}, {5 * page, page},
        {3 * page, 2 * page},
        {page, SIZE_MAX - page + 1},
        {SIZE_MAX - page + 1, page},
        {SIZE_MAX - page + 1, 2 * page},
    };

    (void)state;
    assert_int_equal(ikyo_vm_commit(&region, 0, 4 * page), IKYO_VM_OK);
    memset(region.base, 7, 4 * page);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int call = 0; call < PART_CALLS; call++) {
            assert_int_equal(call_part((enum part_call)call, &region, rows[i].offset, rows[i].size),
                             IKYO_VM_INVALID_PARAMETERS);
        }
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(((char *)region.base)[i * page + 1], 7);
        assert_true(fault_probe_write((char *)region.base + i * page));
    }
    assert_int_equal(ikyo_vm_release(&region), IKYO_VM_OK);
}

static void every_call_refuses_a_region_that_is_none(void **state)
{
    struct ikyo_vm_region live = reserve(1), released = reserve(1), copy = live;
    size_t page = live.page_size;
    struct ikyo_vm_region empty = {0}, baseless = live, sizeless = live, unreserved = live;
    struct ikyo_vm_region *none[] = {NULL, &released, &empty, &baseless, &sizeless, &unreserved};

    (void)state;
    assert_int_equal(ikyo_vm_release(&released), IKYO_VM_OK);
    assert_null(released.base);
    baseless.base = NULL;
    sizeless.size = 0;
    unreserved.reserved = false;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        for (int call = 0; call < PART_CALLS; call++) {
            assert_int_equal(call_part((enum part_call)call, none[i], 0, page),
                             IKYO_VM_INVALID_PARAMETERS);
        }
        assert_int_equal(ikyo_vm_release(none[i]), IKYO_VM_INVALID_PARAMETERS);
    }
    assert_int_equal(ikyo_vm_release(&copy), IKYO_VM_OK);
}

static void protect_refuses_unknown_protection(void **state)
{
    struct ikyo_vm_region region = reserve(1);
    static const int unknown[] = {3, 4, 255, -1};

    (void)state;
    assert_int_equal(ikyo_vm_commit(&region, 0, region.size), IKYO_VM_OK);
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        assert_int_equal(ikyo_vm_protect(&region, 0, region.size,
                                         (enum ikyo_vm_protection)unknown[i]),
                         IKYO_VM_INVALID_PARAMETERS);
    }
    assert_true(fault_probe_write(region.base));
    assert_int_equal(ikyo_vm_release(&region), IKYO_VM_OK);
}

static void region_lives_through_commit_protect_decommit_release(void **state)
{
    struct ikyo_vm_region region = reserve(4);
    size_t page = region.page_size;
    char *middle = (char *)region.base + page;

    (void)state;
    assert_int_equal(ikyo_vm_commit(&region, page, 2 * page), IKYO_VM_OK);
    assert_int_equal(middle[0], 0);
    assert_true(fault_probe_write(middle) && fault_probe_write(middle + 2 * page - 1));
    assert_false(fault_probe_read(middle - 1) || fault_probe_read(middle + 2 * page));
    assert_int_equal(ikyo_vm_advise_huge(&region, page, 2 * page, true), IKYO_VM_OK);
    assert_int_equal(ikyo_vm_advise_huge(&region, page, 2 * page, false), IKYO_VM_OK);
    assert_int_equal(ikyo_vm_protect(&region, page, page, IKYO_VM_READ), IKYO_VM_OK);
    assert_int_equal(middle[0], 1);
    assert_false(fault_probe_write(middle));
    assert_int_equal(ikyo_vm_protect(&region, page, page, IKYO_VM_NO_ACCESS), IKYO_VM_OK);
    assert_false(fault_probe_read(middle));
    assert_int_equal(ikyo_vm_protect(&region, page, page, IKYO_VM_READ_WRITE), IKYO_VM_OK);
    assert_int_equal(middle[0], 1);
    assert_int_equal(ikyo_vm_decommit(&region, page, page), IKYO_VM_OK);
    assert_false(fault_probe_read(middle));
    assert_int_equal(middle[2 * page - 1], 1);
    assert_int_equal(ikyo_vm_commit(&region, 0, 4 * page), IKYO_VM_OK);
    assert_int_equal(middle[0], 0);
    assert_int_equal(middle[2 * page - 1], 1);
    assert_int_equal(ikyo_vm_release(&region), IKYO_VM_OK);
    assert_false(fault_probe_read(middle));
    assert_false(region.reserved);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_of_the_system_are_powers_of_two),
        cmocka_unit_test(error_text_is_distinct_for_every_value),
        cmocka_unit_test(align_rounds_or_returns_zero),
        cmocka_unit_test(reserve_refuses_invalid_parameters),
        cmocka_unit_test(reserve_of_what_cannot_be_fails),
        cmocka_unit_test(reserve_rounds_size_and_meets_alignment),
        cmocka_unit_test(part_calls_refuse_invalid_ranges),
        cmocka_unit_test(every_call_refuses_a_region_that_is_none),
        cmocka_unit_test(protect_refuses_unknown_protection),
        cmocka_unit_test(region_lives_through_commit_protect_decommit_release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
