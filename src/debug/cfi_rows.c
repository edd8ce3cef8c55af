// SPDX-License-Identifier: MIT
// A row is packed into one word. The other word of an entry is its key, xored with the packed
// row: whatever two threads write at once, words that do not belong together do not match.
#include "debug/cfi_rows.h"

#include "os/frame.h"

#include <stdatomic.h>

enum { ENTRIES = 4096, CFA_BITS = 24, SAVED_BITS = 16 };

typedef _Atomic(uint64_t) entry[2]; // anyone   by these names; a row of 0 is none
enum { KEY_XOR_ROW, ROW };

static entry entries[ENTRIES];

static uint64_t key_of(const void *table, uintptr_t place)
{
    return ((uint64_t)place ^ (uint64_t)(uintptr_t)table << 20) * 0x9e3779b97f4a7c15u;
}

static entry *entry_of(uint64_t key)
{
    return &entries[key >> 52];
}

// Numbers are pushed into a word one after another, and come out in the other order.
static bool push(uint64_t *word, int64_t value, unsigned bits)
{
    int64_t half = (int64_t)1 << (bits - 1);

    *word = *word << bits | (uint64_t)(value + half);
    return value >= -half && value < half;
}

static int64_t pop(uint64_t *word, unsigned bits)
{
    int64_t value = (int64_t)(*word & (((uint64_t)1 << bits) - 1));

    *word >>= bits;
    return value - ((int64_t)1 << (bits - 1));
}

// A 1, the kinds, the numbers: 62 bits. 0: it does not fit.
static uint64_t pack(const struct cfi_row *row)
{
    bool by_sp = row->cfa_register == FRAME_SP, by_fp = row->cfa_register == FRAME_FP;
    bool kinds_fit = (by_sp || by_fp) && row->cfa != CFI_CFA_UNKNOWN &&
                     row->fp.place <= CFI_SAVED_BY_FP &&
                     (row->ra.place == CFI_SAVED || row->ra.place == CFI_UNDEFINED);
    uint64_t word = 1;

    word = word << 1 | (row->ra.place == CFI_UNDEFINED);
    word = word << 1 | by_fp;
    word = word << 1 | (row->cfa == CFI_CFA_IS_THERE);
    word = word << 2 | (uint64_t)row->fp.place;
    return push(&word, row->cfa_offset, CFA_BITS) && push(&word, row->fp.offset, SAVED_BITS) &&
                   push(&word, row->ra.offset, SAVED_BITS) && kinds_fit
               ? word
               : 0;
}

static struct cfi_row unpack(uint64_t word)
{
    struct cfi_row row;

    row.ra.offset = pop(&word, SAVED_BITS);
    row.fp.offset = pop(&word, SAVED_BITS);
    row.cfa_offset = pop(&word, CFA_BITS);
    row.fp.place = word & 3;
    row.cfa = word >> 2 & 1 ? CFI_CFA_IS_THERE : CFI_CFA_IS_SUM;
    row.cfa_register = word >> 3 & 1 ? FRAME_FP : FRAME_SP;
    row.ra.place = word >> 4 & 1 ? CFI_UNDEFINED : CFI_SAVED;
    return row;
}

bool cfi_rows_get(const void *table, uintptr_t place, struct cfi_row *row)
{
    uint64_t key = key_of(table, place);
    entry *e = entry_of(key);
    uint64_t word = atomic_load_explicit(&(*e)[ROW], memory_order_relaxed);

    if (word == 0 || (atomic_load_explicit(&(*e)[KEY_XOR_ROW], memory_order_relaxed) ^ word) != key)
        return false;
    *row = unpack(word);
    return true;
}

void cfi_rows_put(const void *table, uintptr_t place, const struct cfi_row *row)
{
    uint64_t key = key_of(table, place);
    entry *e = entry_of(key);
    uint64_t word = pack(row);

    if (word == 0)
        return;
    atomic_store_explicit(&(*e)[KEY_XOR_ROW], key ^ word, memory_order_relaxed);
    atomic_store_explicit(&(*e)[ROW], word, memory_order_relaxed);
}
