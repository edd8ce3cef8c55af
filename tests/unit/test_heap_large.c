// SPDX-License-Identifier: MIT
// A heap and blocks of more than 4 GiB or, where addresses have 32 bits, of hundreds of MiB. Of its
// memory only those pages are there in which it has something to write.
#include "heap_memory.h"

#include "vm/vm.h"

enum { MIB = 1 << 20 };

static unsigned char *base;

// The pages around a distance from the base.
static void commit_around(size_t at)
{
    size_t page = vm_page_size(), start = at / page * page;

    assert_true(vm_commit(base + start, page));
    if (start >= page)
        assert_true(vm_commit(base + start - page, page));
}

static void blocks_of_gigabytes_are_as_others(void **state)
{
    const size_t unit = sizeof(void *) > 4 ? (size_t)1 << 30 : (size_t)64 * MIB;
    const size_t size = 6 * unit;

    (void)state;
    base = vm_reserve(size, MIB);
    assert_non_null(base);
    commit_around(0);
    commit_around(5 * unit + vm_page_size());
    commit_around(5 * unit + MIB);
    commit_around(size - 1);

    struct ikyo_heap *heap = ikyo_heap_init(base, size, NULL);
    size_t all = ikyo_heap_stats(heap).largest_free;
    unsigned char *large = heap_block(heap, 5 * unit);
    unsigned char *aligned = ikyo_heap_alloc_aligned(heap, 100, MIB);

    assert_true(all < size && all > size - 1024);
    assert_ptr_equal(aligned, base + 5 * unit + MIB);
    assert_true(ikyo_heap_stats(heap).peak > 5 * unit);
    assert_null(ikyo_heap_alloc(heap, unit));
    assert_in_order(heap);
    assert_ptr_equal(ikyo_heap_realloc(heap, large, 100), large);
    assert_ptr_equal(ikyo_heap_realloc(heap, large, 5 * unit + 100), large);
    assert_in_order(heap);
    heap_give(heap, large);
    heap_give(heap, aligned);
    assert_int_equal(ikyo_heap_stats(heap).largest_free, all);
    assert_null(ikyo_heap_alloc(heap, all + 1));
    heap_give(heap, heap_block(heap, all));
    assert_in_order(heap);
    assert_true(vm_release(base, size));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_gigabytes_are_as_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
