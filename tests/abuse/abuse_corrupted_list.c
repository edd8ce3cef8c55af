// SPDX-License-Identifier: MIT
// A write after free lands on the link to the next free block.
//
// Two ends are right. The library sees it and aborts with "corrupted free list". Or it does not
// see it, and then every block it hands out from then on is a block of the same size that belongs
// to nobody else: nothing outside the slab is written. A crash, a block over a variable or over a
// live block, and memory that never was a block are all wrong.
#include "expect.h"

enum { SIZE = 64, FREED = 200, LIVE = 200, AFTER = 20000 };

static uintptr_t garbage;
static char variable[4096];
static char *live[LIVE];

static bool overlaps(const char *p, const char *start, size_t size)
{
    return p + SIZE > start && p < start + size;
}

static void check_handed_out(const char *p, const char *local, size_t local_size)
{
    if (p == NULL || ((uintptr_t)p & 15) != 0)
        _exit(3);
    if (overlaps(p, variable, sizeof(variable)) || overlaps(p, local, local_size))
        _exit(4);
    for (size_t i = 0; i < LIVE; i++) {
        if (overlaps(p, live[i], 48))
            _exit(5);
    }
    if (call.malloc_usable_size((void *)(uintptr_t)p) < SIZE)
        _exit(6);
}

static void check_untouched(const char *bytes, size_t size, char expected)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != expected)
            _exit(7);
    }
}

static void write_after_free_then_allocate(void)
{
    static char *freed[FREED];
    char local[4096];

    memset(local, 1, sizeof(local));
    memset(variable, 1, sizeof(variable));
    for (size_t i = 0; i < LIVE; i++) {
        live[i] = call.malloc(48);
        memset(live[i], 1, 48);
    }
    for (size_t i = 0; i < FREED; i++)
        freed[i] = call.malloc(SIZE);
    for (size_t i = 0; i < FREED; i++)
        call.free(freed[i]);
    for (size_t i = FREED / 2; i < FREED; i++) {
        uintptr_t target = garbage == 0 ? (uintptr_t)(local + 512) :
                           garbage == 1 ? (uintptr_t)(variable + 512) :
                           garbage == 2 ? (uintptr_t)live[i % LIVE] : garbage;
        memcpy(freed[i], &target, sizeof(target));
    }
    for (size_t i = 0; i < AFTER; i++) {
        char *p = call.malloc(SIZE);
        check_handed_out(p, local, sizeof(local));
        memset(p, 2, SIZE);
    }
    check_untouched(local, sizeof(local), 1);
    check_untouched(variable, sizeof(variable), 1);
    for (size_t i = 0; i < LIVE; i++)
        check_untouched(live[i], 48, 1);
}

static int expect_contained(void)
{
    static const char reason[] = "): corrupted free list\n";
    struct outcome outcome = expect_run(write_after_free_then_allocate);
    size_t length = strlen(outcome.text);
    bool named = strncmp(outcome.text, "ikyoalloc: ", 11) == 0 && length > sizeof(reason) &&
                 strcmp(outcome.text + length - (sizeof(reason) - 1), reason) == 0;
    bool seen = expect_aborted(&outcome) && named;
    bool contained = expect_exited(&outcome) && length == 0;

    return expect_verdict(seen || contained, &outcome, "corrupted free list, or no harm");
}

int main(void)
{
    // 0, 1 and 2 stand for a local variable, a static one and live blocks of another size.
    static const uintptr_t values[] = {
        0, 1, 2, 0x4141414141414141, 0xdeadbeef000, 0x7, UINTPTR_MAX, 0x1000,
    };
    int failures = 0;

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        garbage = values[i];
        failures += expect_contained();
    }
    return failures != 0;
}
