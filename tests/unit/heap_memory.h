// SPDX-License-Identifier: MIT
// What the tests of heaps share: memory to make them in, and that they are in order.
#ifndef TESTS_UNIT_HEAP_MEMORY_H
#define TESTS_UNIT_HEAP_MEMORY_H

#include "ikyoalloc/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HEAP_MEMORY = 64 * 1024 };

static _Alignas(4096) unsigned char heap_memory[HEAP_MEMORY];

static inline struct ikyo_heap *heap_of(size_t size, enum ikyo_heap_fit fit, bool defer)
{
    const struct ikyo_heap_options options = {.fit = fit, .defer_joining = defer};
    struct ikyo_heap *heap = ikyo_heap_init(heap_memory, size, &options);

    assert_non_null(heap);
    return heap;
}

static inline void assert_fault(struct ikyo_heap_fault fault, enum ikyo_heap_error error,
                                const void *address)
{
    assert_string_equal(ikyo_heap_error_text(fault.error), ikyo_heap_error_text(error));
    assert_ptr_equal(fault.address, address);
}

static inline void assert_in_order(const struct ikyo_heap *heap)
{
    assert_fault(ikyo_heap_check(heap), IKYO_HEAP_OK, NULL);
}

static inline unsigned char *heap_block(struct ikyo_heap *heap, size_t size)
{
    unsigned char *block = ikyo_heap_alloc(heap, size);

    assert_non_null(block);
    assert_int_equal((uintptr_t)block % 16, 0);
    assert_true(ikyo_heap_usable_size(heap, block) >= size);
    return block;
}

static inline void heap_give(struct ikyo_heap *heap, void *block)
{
    assert_int_equal(ikyo_heap_free(heap, block), IKYO_HEAP_OK);
}

#endif
