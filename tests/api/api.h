// SPDX-License-Identifier: MIT
// What every API test shares: cmocka with its prerequisites, the libc calls behind pointers the
// compiler cannot see through, and a byte pattern that tells one block's content from another's.
#ifndef TESTS_API_API_H
#define TESTS_API_API_H

#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#include <cmocka.h>

// Headers of older C libraries do not declare these.
void cfree(void *p);
void free_sized(void *p, size_t size);
void free_aligned_sized(void *p, size_t alignment, size_t size);

#ifdef __cplusplus
}
#endif

// The compiler knows what malloc and free do: it removes pairs of them, folds overflowing products
// and warns of the misuse that a test is about. Calls through volatile pointers really happen.
struct api_calls {
    void *(*malloc)(size_t size);
    void *(*calloc)(size_t count, size_t size);
    void *(*realloc)(void *p, size_t size);
    void *(*reallocarray)(void *p, size_t count, size_t size);
    void *(*aligned_alloc)(size_t alignment, size_t size);
    void *(*memalign)(size_t alignment, size_t size);
    int (*posix_memalign)(void **out, size_t alignment, size_t size);
    size_t (*malloc_usable_size)(void *p);
    void (*free)(void *p);
};

static const volatile struct api_calls call = {
    malloc, calloc, realloc, reallocarray, aligned_alloc, memalign, posix_memalign,
    malloc_usable_size, free,
};

// Times itself it is one more than SIZE_MAX.
#define API_ROOT ((size_t)1 << sizeof(size_t) * 4)

// From here on there is room nowhere: 64 bits have fewer addresses, and with 32 a block may have
// just under half of them, but not more.
#define API_BEYOND (sizeof(size_t) == 4 ? (size_t)PTRDIFF_MAX + 1 : (size_t)PTRDIFF_MAX - MIB)

// Has a function run before all constructors; where the C library knows no such time, before those
// of the program.
#define API_RUN_FIRST(function)                                                                    \
    static void api_run_once(void)                                                                 \
    {                                                                                              \
        static bool ran;                                                                           \
        if (!ran)                                                                                  \
            function();                                                                            \
        ran = true;                                                                                \
    }                                                                                              \
    __attribute__((section(".preinit_array"), used)) static void (*const api_before)(void) =       \
        api_run_once;                                                                              \
    __attribute__((constructor(101))) static void api_at_start(void) { api_run_once(); }

enum { KIB = 1024, MIB = 1024 * 1024 };

static inline bool api_is_aligned(const void *p, size_t alignment)
{
    return ((uintptr_t)p & (alignment - 1)) == 0;
}

static inline uint64_t api_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

// The pattern depends on the id and the offset only, so that it survives a move, and a block
// that holds another block's content, or its own shifted, is seen.
static inline uint64_t api_pattern_word(uint64_t id, size_t index)
{
    return (id + 1) * UINT64_C(0x9e3779b97f4a7c15) + index * UINT64_C(0xbf58476d1ce4e5b9);
}

// Blocks are aligned for whole words, which this writes without a library call for each.
static inline void api_fill(void *p, size_t size, uint64_t id)
{
    uint64_t *words = (uint64_t *)p;
    size_t count = size / 8;

    for (size_t i = 0; i < count; i++)
        words[i] = api_pattern_word(id, i);
    uint64_t last = api_pattern_word(id, count);
    memcpy(words + count, &last, size % 8);
}

// True when the first `size` bytes are what api_fill() wrote for `id`.
static inline bool api_holds(const void *p, size_t size, uint64_t id)
{
    const uint64_t *words = (const uint64_t *)p;
    size_t count = size / 8;

    for (size_t i = 0; i < count; i++) {
        if (words[i] != api_pattern_word(id, i))
            return false;
    }
    uint64_t last = api_pattern_word(id, count);
    return memcmp(words + count, &last, size % 8) == 0;
}

static inline bool api_is_zero(const void *p, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)p;

    return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

#endif
