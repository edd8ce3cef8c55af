// SPDX-License-Identifier: MIT
// For the tests of the checked modes: each test runs in hardened and in full, as in a program
// whose environment says so, and reports warn. Findings are kept here instead of being written, so
// what else is written is a complaint of the core, which had to be kept from it: the test fails.
#ifndef TESTS_UNIT_CORE_CHECKED_H
#define TESTS_UNIT_CORE_CHECKED_H

#include "alloc.h"
#include "base/option.h"
#include "checked.h"
#include "checked_visit.h"
#include "debug/finding.h"
#include "debug/record.h"
#include "ikyoalloc/ikyoalloc.h"
#include "init.h"

#include "core.h"

enum { FOUND_MOST = 16 };

// Of blocks in slabs, of runs, and of what then has a mapping of its own.
#define MAPPED_LEAST ((size_t)256 * KIB)
static const size_t sizes[] = {0,    1,     15,    16,      17,     100,          1000,
                               5000, 32760, 32768, BIN_MAX, 100000, MAPPED_LEAST, 3 * MIB};
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

static struct finding found[FOUND_MOST];
static struct source found_source; // of the last one
static _Atomic(int) found_count;
static const char *checked_in = "full";
static void (*on_finding)(void); // what goes on meanwhile, in the thread that finds it

void finding_report(const struct finding *f)
{
    int i = atomic_fetch_add(&found_count, 1);

    if (i < FOUND_MOST)
        found[i] = *f;
    if (f->block.source != NULL)
        found_source = *f->block.source;
    if (on_finding != NULL)
        on_finding();
}

static inline void start_checked(void)
{
    setenv("IKYO_CHECK", checked_in, 1);
    setenv("IKYO_MMAP_THRESHOLD", "256k", 1);
    init_ensure();
    require(checked_mode());
    require(ikyo_option_set("on_error", "warn"));
}

static inline bool in_full(void)
{
    return strcmp(checked_in, "full") == 0;
}

static inline char *take(size_t size)
{
    char *p = alloc_block(size);

    require(p != NULL);
    require_equal((uintptr_t)p % BLOCK_ALIGNMENT, 0);
    return p;
}

// What a new block reads that nobody asked to clear, and what a freed one does.
static inline char byte_of_new(void)
{
    return in_full() ? (char)POISON_NEW : 0;
}

static inline char byte_of_freed(void)
{
    return in_full() ? (char)POISON_FREED : 0;
}

// There was this finding about the block at p since the last call, and no other.
static inline void expect_found(enum finding_kind kind, const void *p)
{
    require_equal(atomic_load(&found_count), 1);
    require_equal(found[0].kind, kind);
    require_equal((uintptr_t)found[0].pointer, (uintptr_t)p);
    atomic_store(&found_count, 0);
}

static inline void expect_nothing_found(void)
{
    if (atomic_load(&found_count) != 0)
        require_equal(found[0].kind, FINDING_COUNT);
}

static inline void run_silently(void **state)
{
    struct child child = core_child((void (*)(void))(uintptr_t)*state);

    assert_string_equal(child.text, "");
    assert_int_equal(child.signal, 0);
    assert_int_equal(child.status, 0);
}

static inline void run_in_both(void **state)
{
    checked_in = "hardened";
    run_silently(state);
    checked_in = "full";
    run_silently(state);
}

#define in_both(f)                                                                                 \
    {                                                                                              \
        .name = #f, .test_func = run_in_both, .initial_state = (void *)(uintptr_t)(f)              \
    }

#endif
