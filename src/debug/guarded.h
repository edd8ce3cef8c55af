// SPDX-License-Identifier: MIT
// Pages that fault unless they are opened: closed, a page holds no memory.
//
// There is one range of them, made when the first is needed and kept for ever. Open pages
// are charged. Where the kernel guards single pages, the range is one mapping, else it
// is up to GUARDED_PAGES. The caller keeps all but guarded_owns to one thread at a time.
//
// Layer: debug. Above: sample. Below: vm.
#ifndef DEBUG_GUARDED_H
#define DEBUG_GUARDED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GUARDED_PAGES = 513 };

// Written once, `start` first.
struct guarded_range {
    _Atomic(uintptr_t) start;
    _Atomic(size_t) size; // 0: there is none yet
};

extern struct guarded_range guarded_range;

// True when p is in any of the pages; from any thread, at any time.
static inline bool guarded_owns(const void *p)
{
    // Pairs with the release in guarded_make: who sees the size sees the start.
    size_t size = atomic_load_explicit(&guarded_range.size, memory_order_acquire);

    return (uintptr_t)p - atomic_load_explicit(&guarded_range.start, memory_order_relaxed) < size;
}

// Has the range made if there is none, all pages closed. False: no memory.
bool guarded_make(void);

// Where a page starts, by its number, and the number of the page that p is in.
char *guarded_page(size_t page);
size_t guarded_page_of(const void *p);

// Makes the page readable and writable: zero if it was closed, as it was if it was open and
// maybe given another access by the program. False: no memory.
bool guarded_open(size_t page);

// Closes the page. If the system refuses, it stays open and keeps its contents.
void guarded_close(size_t page);

bool guarded_is_open(size_t page);

#endif
